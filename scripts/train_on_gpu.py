#!/usr/bin/env python3
"""Trains a generator in colour for 64 and 128 pixels on a graphics card; shoegan-colour-128 is one of its runs (models/README.md).

`shoespace train` trains such a network on any processor, with the same kind of losses; this script sees some thirty
times as many pictures a second (1,340 on an H200), and teaches the finest level beside the others. Nothing of
the program needs it.

    shoespace index fashion-product-footwear-60x80.zip -o coarse.parquet
    shoespace index fashion-product-footwear-224.zip --thumbnail 224 -o fine.parquet
    shoespace train coarse.parquet -o begin.safetensors --size 64 --images 16       # the basis of the codes
    scripts/train_on_gpu.py pictures coarse.parquet fine.parquet pictures/          # mirrored and bent ones
    shoespace index pictures -o more.parquet
    scripts/train_on_gpu.py data begin.safetensors coarse.parquet fine.parquet more.parquet data.npz
    scripts/train_on_gpu.py train data.npz begin.safetensors out.safetensors --seconds 600 [--go-on-from earlier.safetensors]

The first two steps want numpy, pillow and pyarrow, the last numpy, pillow and torch. Only shoes of the training splits
are looked at.

What is minimised: the relativistic loss in pairs with R1 and R2 (R3GAN, Huang et al., 2024) of towers on the pixels and
on frozen, randomly mixed maps of the embedder (Projected GAN, Sauer et al., 2021), the code read off by the towers, and
how far a design is from the shoe at its code: in the embedder's style (cosine), in the outline (8 by 8 cells) and in
colour (4 by 4 cells). An embedding hardly tells which way a shoe points (a reader of the code is right in 58 of 100), so
codes of mirrored pictures are taught with the picture as it was: all designs point one way. The finest level has towers of its own, shown windows of 64 pixels beside the same window of the
coarser picture, and gives no gradient to the levels below: a small set of sharp photos teaches detail and nothing else.
"""
import argparse
import contextlib
import io
import json
import math
import os
import struct
import sys
import time

import numpy as np
from PIL import Image

WIDTHS = [192, 128, 80, 40, 28, 24]  # channels at 4, 8, ..., 128 pixels
STYLE = 192
NOISE = 32
BENT = 2  # bent pictures of each sharp one
# name, kernel, stride, expansion, in, out: stages of EfficientNet-Lite0, see src/embed/network
STAGES = [(1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80),
          (3, 5, 1, 6, 80, 112), (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320)]
LEVELS = {2: (24, 48), 4: (40, 64), 10: (112, 96), 15: (320, 128)}  # block: channels, mixed channels


# ---- files

def read_tensors(path):
    """The tensors and the metadata of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    meta = header.pop("__metadata__", {})
    kinds = {"F32": np.float32, "F16": np.float16}
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[first:last], kinds[entry["dtype"]]).reshape(entry["shape"])
    return tensors, meta


def write_tensors(path, tensors, meta):
    header, parts, at = {"__metadata__": meta}, [], 0
    for name, values in sorted(tensors.items()):
        values = np.ascontiguousarray(values)
        kind = {"float32": "F32", "float16": "F16"}[values.dtype.name]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        parts.append(values.tobytes())
        at += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
    os.replace(path + ".part", path)


def catalogue(path):
    """Ids, pictures' bytes and blocks of a catalogue."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    ids = table["id"].to_pylist()
    names = ["style", "colour", "silhouette"]
    blocks = [np.stack([np.asarray(row, np.float32) for row in table[name].to_pylist()]) for name in names]
    return ids, [picture["bytes"] for picture in table["image"].to_pylist()], blocks


def is_test(id):
    """As src/catalog/split.rs: FNV-1a."""
    hash = 0xCBF29CE484222325
    for byte in id.encode():
        hash = (hash ^ byte) * 0x100000001B3 % 2**64
    return hash % 5 == 0


# ---- pictures

def framed(picture, side):
    """As src/gan/dataset/framing.rs: the shoe in a square of `side` with a little white; none where there is none."""
    pixels = np.asarray(picture)
    darkest = pixels.min(2)
    edge = np.concatenate([darkest[0], darkest[-1], darkest[1:-1, 0], darkest[1:-1, -1]])
    if np.sort(edge)[len(edge) // 2] < 243:
        return None
    dark = darkest < 235
    columns, rows = np.flatnonzero(dark.sum(0) > 1), np.flatnonzero(dark.sum(1) > 1)
    if not len(columns) or not len(rows):
        return None
    left, top = columns[0], rows[0]
    width, height = columns[-1] + 1 - left, rows[-1] + 1 - top
    longer = max(width, height)
    if longer < 8:
        return None
    cut = max(round(longer * 1.06), longer + 2)
    square = Image.new("RGB", (cut, cut), "white")
    square.paste(picture.crop((left, top, left + width, top + height)), ((cut - width) // 2, (cut - height) // 2))
    return np.asarray(square.resize((side, side), Image.BICUBIC))


def opened(bytes_of):
    return Image.open(io.BytesIO(bytes_of)).convert("RGB")


def mirrored(picture):
    return picture.transpose(Image.FLIP_LEFT_RIGHT)


def bent(picture, seed, flip):
    """A shoe that nobody photographed: turned, stretched, sheared, and of another colour; and, where `flip` says so,
    half of them mirrored."""
    random = np.random.default_rng(seed)
    side = max(picture.size)
    square = Image.new("RGB", (side, side), "white")
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    angle = math.radians(random.uniform(-10, 10))
    wide, high = np.exp(random.uniform(-0.2, 0.2, 2))
    shear, c, s = random.uniform(-0.12, 0.12), math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s], [s, c]]) @ np.array([[wide, shear], [0, high]]) * 1.15
    if random.random() < 0.5 and flip:
        turn[:, 0] *= -1
    middle = np.array([side / 2, side / 2])
    offset = middle - turn @ middle
    square = square.transform((side, side), Image.AFFINE, (*turn[0], offset[0], *turn[1], offset[1]), Image.BICUBIC,
                              fillcolor="white")
    if random.random() < 0.7:
        pixels = np.asarray(square.convert("HSV")).astype(np.int16)
        pixels[..., 0] = (pixels[..., 0] + random.integers(0, 256)) % 256
        pixels[..., 1] = np.clip(pixels[..., 1] * random.uniform(0.5, 1.6), 0, 255)
        square = Image.fromarray(pixels.astype(np.uint8), "HSV").convert("RGB")
    return square


def kept(path):
    """Ids, pictures' bytes and blocks of a catalogue's training shoes."""
    ids, pictures, blocks = catalogue(path)
    rows = [i for i, id in enumerate(ids) if not is_test(id)]
    return [ids[i] for i in rows], [pictures[i] for i in rows], [block[rows] for block in blocks]


def write_pictures(arguments):
    os.makedirs(arguments.folder, exist_ok=True)
    for part, path in (("coarse", arguments.coarse), ("fine", arguments.fine)):
        ids, pictures, _ = kept(path)
        for i, id in enumerate(ids):
            picture = opened(pictures[i])
            mirrored(picture).save(f"{arguments.folder}/{part}-mirrored-{id}.png")
            if part == "fine":
                for k in range(BENT):
                    bent(picture, BENT * i + k, True).save(f"{arguments.folder}/{part}-bent{k}-{id}.png")


def write_data(arguments):
    tensors, meta = read_tensors(arguments.begin)
    names = [block["name"] for block in json.loads(meta["info"])["blocks"]]
    assert names == ["style", "colour", "silhouette"]
    means = [tensors[f"basis/{name}_mean"] for name in names]
    weights = tensors["basis/weights"]

    def code(blocks, i):
        joined = []
        for k, block in enumerate(blocks):
            row = block[i]
            if not row.any():
                joined.append(row)
                continue
            row = row - means[k]
            joined.append(row * weights[k] / (max(np.linalg.norm(row), 1e-6) if k == 0 else 1.0))
        joined = np.concatenate(joined) - tensors["basis/mean"]
        return np.clip(tensors["basis/axes"] @ joined, -3, 3)

    ids, _, more = catalogue(arguments.more)
    at = {id.rsplit("/", 1)[-1].removesuffix(".png"): i for i, id in enumerate(ids)}
    data = {}
    for part, path in (("coarse", arguments.coarse), ("fine", arguments.fine)):
        ids, pictures, blocks = kept(path)
        rows = [i for i in range(len(ids)) if framed(opened(pictures[i]), 64) is not None]
        print(part, len(rows), "of", len(ids))
        # The number of a shoe among all is the seed of its bent pictures.
        data[f"{part}_number"] = np.array(rows)
        data[f"{part}_bytes"] = np.frombuffer(b"".join(pictures[i] for i in rows), np.uint8)
        data[f"{part}_length"] = np.array([len(pictures[i]) for i in rows])
        kinds = {"": lambda i: code(blocks, i), "_mirrored": lambda i: code(more, at[f"{part}-mirrored-{ids[i]}"])}
        if part == "fine":
            for k in range(BENT):
                kinds[f"_bent{k}"] = lambda i, k=k: code(more, at[f"fine-bent{k}-{ids[i]}"])
        for kind, of in kinds.items():
            data[f"{part}{kind}_codes"] = np.stack([of(i) for i in rows]).astype(np.float16)
    np.savez(arguments.data, **data)


# ---- training

def load(arguments):
    """Framed pictures of 64 and of 128 pixels, codes, for each code the number of its picture of 128 or -1, and how many
    there are of each kind."""
    from concurrent.futures import ProcessPoolExecutor

    data = np.load(arguments.data)
    coarse, fine, codes, sharp, groups = [], [], [], [], []
    with ProcessPoolExecutor() as pool:
        for part in ("coarse", "fine"):
            ends = np.cumsum(data[f"{part}_length"])[: arguments.limit]
            starts = ends - data[f"{part}_length"][: arguments.limit]
            pictures = [data_of.tobytes() for data_of in np.split(data[f"{part}_bytes"][: ends[-1]], ends[:-1])]
            assert [len(p) for p in pictures] == list(ends - starts)
            numbers = data[f"{part}_number"].tolist()
            kinds = [None] if part == "coarse" else [None] + list(range(BENT))
            for kind in kinds:
                is_fine = part == "fine" and kind is None
                jobs = [(p, is_fine, None if kind is None else numbers[i] * BENT + kind) for i, p in enumerate(pictures)]
                made = list(pool.map(frames, jobs, chunksize=32))
                names = ["", "_mirrored"] if kind is None else [f"_bent{kind}"]
                kept_rows = [i for i, pair in enumerate(made) if pair[0] is not None]
                first = len(fine)
                for name in names:
                    coarse += [made[i][0] for i in kept_rows]
                    codes += [data[f"{part}{name}_codes"][i] for i in kept_rows]
                    sharp += [first + k if is_fine else -1 for k in range(len(kept_rows))]
                    groups.append(len(kept_rows))
                if is_fine:
                    fine += [made[i][1] for i in kept_rows]
    return np.stack(coarse), np.stack(fine), np.stack(codes).astype(np.float32), np.array(sharp), groups


def frames(job):
    bytes_of, is_fine, seed = job
    picture = opened(bytes_of)
    if seed is not None:
        picture = bent(picture, seed, False)
    small = framed(picture, 64)
    return small, framed(picture, 128) if is_fine and small is not None else None


def train(arguments):
    began = time.time()
    from concurrent.futures import ThreadPoolExecutor

    # In the background: the processes of the loading are to be begun before a graphics card is.
    loading = ThreadPoolExecutor(1).submit(load, arguments)
    time.sleep(1)
    import torch
    import torch.nn.functional as F

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(arguments.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    GAIN, SLOPE = math.sqrt(2), 0.2
    batch, tests = arguments.batch, arguments.batch // 2

    def halves():
        return torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda", cache_enabled=False)

    class Weights(torch.nn.Module):
        """Named tensors of unit deviation, scaled where they are used (Karras et al., 2018)."""

        def __init__(self):
            super().__init__()
            self.own = torch.nn.ParameterDict()
            self.scales = {}

        def weight(self, name, shape, inputs):
            self.own[name.replace(".", "/")] = torch.nn.Parameter(torch.randn(*shape))
            self.scales[name] = 1 / math.sqrt(inputs)

        def bias(self, name, count, mean=0.0):
            self.own[name.replace(".", "/")] = torch.nn.Parameter(torch.full((1, count), mean))
            self.scales[name] = 1.0

        def get(self, name):
            return self.own[name.replace(".", "/")] * self.scales[name]

        def linear(self, name, x):
            return x @ self.get(name + ".weight") + self.get(name + ".bias")

    def rectified(x):
        return F.leaky_relu(x, SLOPE)

    class Generator(Weights):
        """src/gan/networks/synthesis.rs, tensor by tensor."""

        def __init__(self, code_dims):
            super().__init__()
            self.weight("map1.weight", [code_dims + NOISE, STYLE], code_dims + NOISE)
            self.bias("map1.bias", STYLE)
            self.weight("map2.weight", [STYLE, STYLE], STYLE)
            self.bias("map2.bias", STYLE)
            self.weight("first.weight", [STYLE, 16 * WIDTHS[0]], STYLE)
            self.bias("first.bias", 16 * WIDTHS[0])
            for level, width in enumerate(WIDTHS):
                for name, inputs, outputs in self.layers(level):
                    self.weight(f"{name}.style.weight", [STYLE, inputs], STYLE)
                    self.bias(f"{name}.style.bias", inputs, 1.0)
                    self.weight(f"{name}.weight", [9 * inputs, outputs], 9 * inputs)
                    self.bias(f"{name}.bias", outputs)
                    width = outputs
                if level:
                    name = f"level{4 << level}.picture"
                    self.weight(f"{name}.style.weight", [STYLE, width], STYLE)
                    self.bias(f"{name}.style.bias", width, 1.0)
                    self.weight(f"{name}.weight", [width, 3], width * (len(WIDTHS) - 1))
                    self.bias(f"{name}.bias", 3, 1.0 if level == 1 else 0.0)

        @staticmethod
        def layers(level):
            width = WIDTHS[level]
            after = WIDTHS[level + 1] if level + 1 < len(WIDTHS) else width
            name = f"level{4 << level}"
            if 4 << level > 32:
                return [(f"{name}.a", width, after)]
            return [(f"{name}.a", width, width), (f"{name}.b", width, after)]

        def dense(self, name, x):
            return rectified(x @ self.get(name + ".weight") * GAIN + self.get(name + ".bias"))

        def modulated(self, name, inputs, outputs, x, style):
            weight = self.get(f"{name}.weight")
            scale = self.linear(f"{name}.style", style)
            power = scale.square() @ weight.square().reshape(9, inputs, outputs).sum(0)
            gain = GAIN * (power + 1e-6).rsqrt()
            kernel = weight.reshape(3, 3, inputs, outputs).permute(3, 2, 0, 1)
            with halves():
                x = F.conv2d(x * scale[:, :, None, None], kernel, padding=1)
            x = x.float() * gain[:, :, None, None] + self.get(f"{name}.bias")[:, :, None, None]
            return rectified(x)

        def part(self, level, x, style):
            name = f"level{4 << level}.picture"
            scale = self.linear(f"{name}.style", style)
            kernel = self.get(f"{name}.weight").t()[:, :, None, None]
            return F.conv2d(x * scale[:, :, None, None], kernel) + self.get(f"{name}.bias")[:, :, None, None]

        def forward(self, code, noise, fine):
            """The pictures of 64 pixels and, of the first `fine`, those of 128."""
            style = self.dense("map2", self.dense("map1", torch.cat([code, noise], 1)))
            x = self.dense("first", style).reshape(-1, 4, 4, WIDTHS[0]).permute(0, 3, 1, 2)
            x = x.contiguous(memory_format=torch.channels_last)
            picture, coarse = None, None
            for level in range(len(WIDTHS)):
                if 4 << level == 128:
                    coarse = picture.tanh()
                    if not fine:
                        return coarse, None
                    # What is finest learns alone.
                    x, picture, style = x[:fine].detach(), picture[:fine].detach(), style[:fine].detach()
                if level:
                    x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
                for name, inputs, outputs in self.layers(level):
                    x = self.modulated(name, inputs, outputs, x, style)
                if level:
                    part = self.part(level, x, style)
                    picture = part if picture is None else part + F.interpolate(
                        picture, scale_factor=2, mode="bilinear", align_corners=False)
            return coarse, picture.tanh()

    class Depthwise(torch.autograd.Function):
        """A frozen depthwise convolution whose slope is another one: cuDNN's own is slow in half precision."""

        @staticmethod
        def convolve(x, weight, stride, around):
            with torch.backends.cudnn.flags(enabled=False):
                return F.conv2d(x.contiguous(), weight, None, stride, around, groups=len(weight))

        @staticmethod
        def forward(ctx, x, weight, stride):
            ctx.save_for_backward(weight)
            ctx.stride = stride
            ctx.side = x.shape[2:]
            return Depthwise.convolve(x, weight, stride, 0)

        @staticmethod
        def backward(ctx, slope):
            weight, = ctx.saved_tensors
            kernel = weight.shape[2]
            if ctx.stride == 2:
                wide = slope.new_zeros(*slope.shape[:2], 2 * slope.shape[2] - 1, 2 * slope.shape[3] - 1)
                wide[:, :, ::2, ::2] = slope
                slope = wide
            missing = [side - (here + kernel - 1) for side, here in zip(ctx.side, slope.shape[2:])]
            slope = F.pad(slope, (0, missing[1], 0, missing[0]))
            return Depthwise.convolve(slope, weight.flip(2, 3), 1, kernel - 1), None, None

    class Embedder(torch.nn.Module):
        """The frozen network, with maps of LEVELS and the mean of the last."""

        def __init__(self, path):
            super().__init__()
            tensors, _ = read_tensors(path)
            self.tensors = {name: torch.tensor(v.astype(np.float32), device=device) for name, v in tensors.items()}
            self.blocks = []
            for repeats, kernel, stride, expansion, inputs, outputs in STAGES:
                for i in range(repeats):
                    self.blocks.append((kernel, 1 if i else stride, expansion, outputs if i else inputs, outputs))

        def convolve(self, name, x, stride=1, groups=1):
            weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
            if weight.dim() == 2:
                weight = weight[:, :, None, None]
            kernel, side = weight.shape[2], x.shape[2]
            pad = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
            if pad:
                x = F.pad(x, (pad // 2, pad - pad // 2, pad // 2, pad - pad // 2))
            if groups == 1:
                return F.conv2d(x, weight, bias, stride)
            return Depthwise.apply(x, weight.to(x.dtype), stride) + bias.to(x.dtype)[:, None, None]

        def forward(self, pictures, until=15):
            with halves():
                x = pictures * (127.5 / 128) + 0.5 / 128
                x = x.contiguous(memory_format=torch.channels_last)
                x = self.convolve("_conv_stem", x, 2).clamp(0, 6)
                maps = []
                for i, (kernel, stride, expansion, inputs, outputs) in enumerate(self.blocks):
                    before = x
                    if expansion > 1:
                        x = self.convolve(f"_blocks.{i}._expand_conv", x).clamp(0, 6)
                    x = self.convolve(f"_blocks.{i}._depthwise_conv", x, stride, x.shape[1]).clamp(0, 6)
                    x = self.convolve(f"_blocks.{i}._project_conv", x)
                    if stride == 1 and inputs == outputs:
                        x = x + before
                    if i in LEVELS:
                        maps.append(x)
                    if i == until:
                        break
            return maps

        def style(self, pictures):
            """Of framed pictures, with the room around that src/embed/seen.rs gives: 1.4 sides of the shoe."""
            side = pictures.shape[2]
            room = round(side * (1.4 / 1.06 - 1) / 2)
            x = 1 - F.interpolate(F.pad(1 - pictures, (room,) * 4), size=(224, 224), mode="bicubic",
                                  align_corners=False)
            return self(x.clamp(-1, 1))[-1].float().mean((2, 3))

    class Tower(Weights):
        """src/gan/networks/discriminator.rs, wider."""

        def __init__(self, channels, side, widths, hidden, code_dims, stem):
            super().__init__()
            self.depth, self.stem, self.code_dims = len(widths) - 1, stem, code_dims
            if stem:
                self.weight("stem.weight", [widths[0], channels, 3, 3], 9 * channels)
                self.bias("stem.bias", widths[0])
            else:
                widths = [channels] + widths[1:]
            for i in range(self.depth):
                self.weight(f"down{i}.weight", [widths[i + 1], widths[i], 4, 4], 16 * widths[i])
                self.bias(f"down{i}.bias", widths[i + 1])
            self.weight("hidden.weight", [16 * (widths[-1] + 1), hidden], 16 * (widths[-1] + 1))
            self.bias("hidden.bias", hidden)
            for name, outputs in (("score", 1), ("projection", code_dims), ("regression", code_dims)):
                if outputs:
                    self.weight(f"{name}.weight", [hidden, outputs], hidden)
                    self.bias(f"{name}.bias", outputs)

        def layer(self, name, x, stride):
            x = F.conv2d(x, self.get(f"{name}.weight") * GAIN, padding=1, stride=stride)
            return rectified(x + self.get(f"{name}.bias")[:, :, None, None])

        def forward(self, x, code, half=True):
            with halves() if half else contextlib.nullcontext():
                if self.stem:
                    x = self.layer("stem", x, 1)
                for i in range(self.depth):
                    x = self.layer(f"down{i}", x, 2)
                apart = (x[0::2] - x[1::2]).abs().mean(1, keepdim=True).repeat_interleave(2, 0)
                x = torch.cat([x, apart], 1).flatten(1)
                x = rectified(x @ (self.get("hidden.weight") * GAIN) + self.get("hidden.bias"))
            x = x.float()
            with torch.autocast(device, enabled=False):
                score = self.linear("score", x)[:, 0]
                if not self.code_dims:
                    return score, None
                score = score + (self.linear("projection", x) * code).sum(1) / math.sqrt(self.code_dims)
                return score, self.linear("regression", x)

    coarse, fine, codes, sharp, groups = loading.result()
    print(f"{time.time() - began:.0f} s: pictures {groups}, sharp {len(fine)}", flush=True)

    def pictures_of(rows):
        return torch.tensor(rows, device=device).permute(0, 3, 1, 2).contiguous()

    def shown(pictures):
        return pictures.float() / 127.5 - 1

    coarse, fine = pictures_of(coarse), pictures_of(fine)
    codes = torch.tensor(codes, device=device)
    sharp = torch.tensor(sharp, device=device)
    starts = np.cumsum([0] + groups)
    shares = [0.34, 0.26, 0.14, 0.11] + [0.15 / BENT] * BENT
    chances = torch.cat([torch.full((n,), share / n) for n, share in zip(groups, shares)]).to(device)
    code_dims = codes.shape[1]

    def nearest(first, last):
        own = codes[first:last]
        table = torch.cdist(own, own)
        table.fill_diagonal_(1e9)
        return table.topk(min(10, len(own) - 1), largest=False)[1] + first

    # Neighbours are as sharp as the shoe itself.
    cut = int(starts[2])
    near = torch.cat([nearest(0, cut), nearest(cut, len(codes))])

    embedder = Embedder(arguments.weights).to(device)
    LINEAR = torch.tensor([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                           [0.0883024619, 0.2817188376, 0.6299787005]], device=device)
    OKLAB = torch.tensor([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                          [0.0259040371, 0.7827717662, -0.8086757660]], device=device)

    WHITE = torch.tensor([1.0, 0.0, 0.0], device=device)[:, None, None]
    CHROMA = torch.tensor([1.0, 2.0, 2.0], device=device)[:, None, None]

    def oklab(pictures):
        x = (pictures + 1) / 2
        x = torch.where(x > 0.04045, ((x.clamp(min=0.04) + 0.055) / 1.055) ** 2.4, x / 12.92)
        x = torch.einsum("ij,bjhw->bihw", LINEAR, x).clamp(min=1e-5) ** (1 / 3)
        return torch.einsum("ij,bjhw->bihw", OKLAB, x)

    def cells(pictures):
        """The outline in 8 by 8 cells, and the colour in 4 by 4, of what differs from white."""
        lab = oklab(pictures)
        off = (lab - WHITE).square().sum(1, keepdim=True)
        off = ((off + 1e-6).sqrt() - 0.02) / 0.08
        mask = off.clamp(0, 1)
        outline = F.adaptive_avg_pool2d(mask, 8)
        return outline, F.adaptive_avg_pool2d(lab, 4)

    with torch.no_grad():
        def styles(pictures):
            return torch.cat([embedder.style(shown(part)) for part in pictures.split(256)])

        style_of, style_of_fine = styles(coarse), styles(fine)
        centre = style_of[: groups[0]].mean(0, keepdim=True)
    print(f"{time.time() - began:.0f} s: styles", flush=True)

    def style_error(pictures, wanted):
        return 1 - F.cosine_similarity(embedder.style(pictures) - centre, wanted - centre)

    def take_in(generator, earlier):
        """Takes in an earlier generator of the same codes, narrower ones and ones of fewer levels too: the designs stay the
        same (Net2Net; Chen et al., 2016), since what is new begins without a say in what was there."""
        tensors, meta = earlier
        shape = json.loads(meta["network"])
        widths, style = shape["widths"], shape["style_dims"]

        def placed(name, own, values):
            """Where `values` lie within the tensor `own`, and what is to be zero beside them."""
            if name == "first.weight":
                return own.view(STYLE, 16, -1), values.reshape(style, 16, -1)
            if name == "first.bias":
                return own.view(1, 16, -1), values.reshape(1, 16, -1)
            if name.endswith((".a.weight", ".b.weight")):
                return own.view(9, -1, own.shape[1]), values.reshape(9, -1, values.shape[1])
            return own, values

        with torch.no_grad():
            for name, scale in generator.scales.items():
                found = tensors.get("network/" + name)
                if found is None:
                    continue
                values = torch.tensor(found.astype(np.float32), device=device) / scale
                own, values = placed(name, generator.own[name.replace(".", "/")].data, values)
                outputs = values.shape[-1]
                if name.endswith("weight") and name != "map1.weight":
                    # What is new feeds nothing that was there.
                    own[..., :outputs] = 0
                own[tuple(slice(n) for n in values.shape)] = values
        # The finest level begins as the coarser one enlarged.
        if len(widths) < len(WIDTHS):
            with torch.no_grad():
                for level in range(len(widths), len(WIDTHS)):
                    generator.own[f"level{4 << level}/picture/weight"].mul_(0.1)

    # ---- the discriminators

    mixes = []
    with torch.no_grad():
        sample = F.interpolate(shown(coarse[torch.randperm(len(coarse))[:512]]), scale_factor=2, mode="bilinear",
                               align_corners=False)
        for map_of, (channels, mixed) in zip(embedder(sample), LEVELS.values()):
            flat = map_of.float().permute(0, 2, 3, 1).reshape(-1, channels)
            deviation = (flat.var(0) + 1e-6).sqrt()
            weight = torch.randn(mixed, channels, device=device) / math.sqrt(channels) / deviation
            mixes.append((weight[:, :, None, None], -(weight @ flat.mean(0))))

    def views(pictures, maps_of):
        large = F.interpolate(maps_of, scale_factor=2, mode="bilinear", align_corners=False)
        maps = embedder(large)
        with halves():
            return [pictures] + [F.conv2d(m, w, b) for m, (w, b) in zip(maps, mixes)]

    def towers(channels, dims):
        shapes = [(channels, 64, [64, 128, 192, 256, 320], 320, True), (48, 32, [48, 96, 160, 256], 256, False),
                  (64, 16, [64, 160, 256], 256, False), (96, 8, [96, 256], 256, False), (128, 4, [128], 256, False)]
        return torch.nn.ModuleList([Tower(c, s, w, h, dims, stem) for c, s, w, h, stem in shapes]).to(device)

    generator = Generator(code_dims).to(device)
    if arguments.go_on_from:
        take_in(generator, read_tensors(arguments.go_on_from))
    average = Generator(code_dims).to(device)
    average.load_state_dict(generator.state_dict())
    judge, fine_judge = towers(3, code_dims), towers(6, 0)
    rate = 0.002
    adam = dict(betas=(0.0, 0.99), eps=1e-8)

    def optimiser_of(parameters):
        if device == "cpu":
            return torch.optim.Adam(parameters, rate, **adam)
        return torch.optim.Adam(parameters, torch.tensor(rate, device=device), capturable=True, foreach=True, **adam)

    steps = {"generator": optimiser_of(list(generator.parameters())),
             "judge": optimiser_of(list(judge.parameters()) + list(fine_judge.parameters()))}
    old_parameters = [p.detach() for p in average.parameters()]
    new_parameters = [p.detach() for p in generator.parameters()]
    count = lambda m: sum(p.numel() for p in m.parameters()) / 1e6
    print(f"generator {count(generator):.2f} M, judges {count(judge):.2f} and {count(fine_judge):.2f} M", flush=True)

    def moved(pictures, how):
        """Shifted, turned, scaled and partly hidden; white comes in from the borders."""
        grid, hidden = how
        grid = F.affine_grid(grid, [len(grid), 3, *pictures.shape[2:]], align_corners=False)
        x = 1 - F.grid_sample(1 - pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        size = pictures.shape[2]
        at = torch.arange(size, device=device)
        inside = lambda c: ((at[None] - c[:, None]).abs() < size // 6).float()
        return x * (1 - inside(hidden[:, 0])[:, None, :, None] * inside(hidden[:, 1])[:, None, None, :])

    def how_to_move(n):
        random = lambda: torch.rand(n, device=device)
        moves = (random() < 0.7).float()
        angle, scale = moves * (random() - 0.5) * 0.16, 1 + moves * (random() - 0.5) * 0.16
        c, s = angle.cos() * scale, angle.sin() * scale
        moves = (random() < 0.8).float()
        x, y = moves * (random() - 0.5) * 0.25, moves * (random() - 0.5) * 0.25
        grid = torch.stack([torch.stack([c, -s, x], 1), torch.stack([s, c, y], 1)], 1)
        hidden = torch.rand(n, 2, device=device) * 64
        return grid, hidden - 999 * (random() > 0.25)[:, None]

    def penalty(towers_of, seen, code):
        """Squared slopes of the scores at what the towers see, R1 and R2 at once, by a small step in a random direction: the
        slope of a slope is slow, and `shoespace train` has none."""
        step, total = 0.02, 0
        with torch.autocast(device, enabled=False):
            for tower, view in zip(towers_of, seen):
                view = view.detach().float()
                beside = view + step * torch.randn_like(view)
                change = (tower(beside, code, False)[0] - tower(view, code, False)[0]) / step
                total = total + change.square().mean()
        return total / len(seen)

    def scored(towers_of, seen, code):
        return [tower(view, code) for tower, view in zip(towers_of, seen)]

    def above(higher, lower):
        return sum(F.softplus(b[0] - a[0]).mean() for a, b in zip(higher, lower)) / len(higher)

    def read(outputs, code):
        return sum((o[1] - code).square().mean() for o in outputs) / len(outputs)

    def spread(pictures):
        return ((pictures[0::2] - pictures[1::2]).square().mean((1, 2, 3)) + 1e-6).sqrt().mean()

    def window(pictures, corners):
        at = corners[..., None] + torch.arange(64, device=device)
        rows = at[:, 0, None, :, None].expand(-1, 3, -1, 128)
        columns = at[:, 1, None, None, :].expand(-1, 3, 64, -1)
        return pictures.gather(2, rows).gather(3, columns)

    def enlarged(pictures):
        return F.interpolate(pictures, scale_factor=2, mode="bilinear", align_corners=False)

    def save(done):
        tensors, meta = read_tensors(arguments.begin)
        tensors = {name: values for name, values in tensors.items() if not name.startswith("network/")}
        for name in average.scales:
            tensors["network/" + name] = average.get(name).detach().cpu().numpy().astype(np.float16)
        info, network = json.loads(meta["info"]), json.loads(meta["network"])
        earlier = json.loads(read_tensors(arguments.go_on_from)[1]["info"]) if arguments.go_on_from else {}
        info.update(size=128, shoes=groups[0] + groups[1], images=earlier.get("images", 0) + done,
                    minutes=earlier.get("minutes", 0) + (time.time() - began) / 60, threads=0)
        network.update(size=128, style_dims=STYLE, widths=WIDTHS)
        meta.update(info=json.dumps(info), network=json.dumps(network))
        write_tensors(arguments.out, tensors, meta)

    def sheet():
        """Rows of real shoes of the training split, each with seven designs at 64 pixels and two at 128."""
        rows = []
        pick = [int(starts[g] + groups[g] * (k + 0.5) / 3) for g in (0, 2, 4) for k in range(3)]
        noise = torch.randn(7, NOISE, device=device, generator=torch.Generator(device).manual_seed(7))
        with torch.no_grad():
            for i in pick:
                small, large = average(codes[i:i + 1].expand(7, -1), noise, 2)
                real = enlarged(shown(coarse[i:i + 1]))
                if sharp[i] >= 0:
                    real = torch.cat([real, shown(fine[sharp[i]][None])])
                else:
                    real = torch.cat([real, torch.ones_like(real)])
                rows.append(torch.cat([*real, *enlarged(small[:5]), *large], 2))
        picture = torch.cat(rows, 1).permute(1, 2, 0).cpu().numpy()
        Image.fromarray(((picture + 1) * 127.5).round().astype(np.uint8)).save(arguments.out.replace(".safetensors", ".png"))

    def frechet():
        """Between the styles of coarse training shoes and of designs at their codes: to see how it goes."""
        n = groups[0]
        with torch.no_grad():
            made = [average(part, torch.randn(len(part), NOISE, device=device), 0)[0] for part in codes[:n].split(256)]
            made = torch.cat([embedder.style(part) for part in made]).double()
        real = style_of[:n].double()
        cosine = F.cosine_similarity(made - centre, real - centre).mean()
        scale = real.var(0).sum().sqrt() / 10
        made, real = (made / scale).cpu().numpy(), (real / scale).cpu().numpy()
        a, b = np.cov(made.T), np.cov(real.T)
        values, axes = np.linalg.eigh(a)
        root = axes * np.sqrt(values.clip(0)) @ axes.T
        roots = np.sqrt(np.linalg.eigvalsh(root @ b @ root).clip(0)).sum()
        between = np.square(made.mean(0) - real.mean(0)).sum()
        return float(between + a.trace() + b.trace() - 2 * roots), float(cosine)

    names = ["judge", "fine", "generator", "generator_fine", "read_real", "read_fake", "spread", "outline", "colour",
             "style", "style_fine", "same", "slopes"]
    totals = torch.zeros(len(names), device=device)
    # What a step is about, drawn outside of it: shoes in pairs, and sharp photos.
    shoes = torch.zeros(batch // 2, dtype=torch.long, device=device)
    neighbours, rows = shoes.clone(), torch.zeros(tests, dtype=torch.long, device=device)

    def draw():
        shoes.copy_(torch.multinomial(chances, batch // 2, replacement=True))
        pick = torch.randint(near.shape[1], (batch // 2, 1), device=device)
        neighbours.copy_(near[shoes].gather(1, pick)[:, 0])
        rows.copy_(torch.randint(len(fine), (tests,), device=device))

    def pairs(a, b):
        return torch.stack([a, b], 1).flatten()

    def judged(with_penalty, with_fine):
        """A step of both sides."""
        none = torch.zeros((), device=device)
        # Whole pairs: a shoe and its neighbour, and two designs of the shoe's code.
        asked, shown_rows = pairs(shoes, shoes), pairs(shoes, neighbours)
        code, real, code_of_real = codes[asked], shown(coarse[shown_rows]), codes[shown_rows]
        fake, fake_fine = generator(code, torch.randn(batch, NOISE, device=device), tests if with_fine else 0)
        pictures = moved(torch.cat([real, fake]), how_to_move(2 * batch))
        seen = views(pictures, pictures)
        if with_fine:
            # Fine ones, any shoes: what is judged is whether the detail suits the coarse picture.
            real_fine = shown(fine[rows])
            small = torch.cat([F.avg_pool2d(real_fine, 2), fake[:tests].detach()])
            corners = torch.randint(65, (tests, 2), device=device)
            corners = torch.cat([corners, corners])
            sharp_part = window(torch.cat([real_fine, fake_fine]), corners)
            seen_fine = views(torch.cat([sharp_part, window(enlarged(small), corners)], 1), sharp_part)

        def halves_of(outputs, n):
            return [tuple(x[:n] if x is not None else x for x in o) for o in outputs], \
                [tuple(x[n:] if x is not None else x for x in o) for o in outputs]

        twice = torch.cat([code, code])
        fixed = [v.detach() for v in seen]
        of_real, of_fake = halves_of(scored(judge, fixed, twice), batch)
        loss_judge, loss_fine = above(of_real, of_fake), none
        if with_fine:
            fixed_fine = [v.detach() for v in seen_fine]
            fine_real, fine_fake = halves_of(scored(fine_judge, fixed_fine, None), tests)
            loss_fine = above(fine_real, fine_fake)
        readable = read(of_real, code_of_real)
        loss = loss_judge + readable + loss_fine
        slopes = torch.zeros((), device=device)
        if with_penalty:
            slopes = penalty(judge, fixed, twice)
            loss = loss + 4 * arguments.penalty * (slopes + penalty(fine_judge, fixed_fine, None) / 2)
        steps["judge"].zero_grad(set_to_none=True)
        loss.backward()
        steps["judge"].step()

        for network in (judge, fine_judge):
            network.requires_grad_(False)
        # Real pictures keep the scores that they had.
        outputs = scored(judge, [v[batch:] for v in seen], code)
        adversarial = above(outputs, [(s.detach(),) for s, _ in of_real])
        adversarial_fine = none
        if with_fine:
            fine_outputs = scored(fine_judge, [v[tests:] for v in seen_fine], None)
            adversarial_fine = above(fine_outputs, [(s.detach(),) for s, _ in fine_real])
        obeyed = read(outputs, code)
        ratio = spread(fake) / spread(real).clamp(min=1e-3)
        outline, colour = cells(fake)
        with torch.no_grad():
            asked_outline, asked_colour = cells(shown(coarse[asked]))
        off_outline = (outline - asked_outline).abs().mean()
        off_colour = ((colour - asked_colour) * CHROMA).abs().mean()
        off_style = style_error(fake[0::2], style_of[shoes]).mean()
        off_fine = same = none
        if with_fine:
            photo = sharp[asked[:tests]]
            known = (photo >= 0).float()
            off_fine = style_error(fake_fine, style_of_fine[photo.clamp(min=0)])
            off_fine = (off_fine * known).sum() / (known.sum() + 1e-3)
            same = (F.avg_pool2d(fake_fine, 2) - fake[:tests].detach()).abs().mean()
        loss = (adversarial + adversarial_fine + 20 * obeyed * (1 - readable.detach()).clamp(min=0)
                + (0.85 - ratio).clamp(min=0) + 4 * off_outline + 6 * off_colour + 3 * off_style + 1.5 * off_fine
                + 2 * same)
        steps["generator"].zero_grad(set_to_none=True)
        loss.backward()
        steps["generator"].step()
        for network in (judge, fine_judge):
            network.requires_grad_(True)
        numbers = [loss_judge, loss_fine, adversarial, adversarial_fine, readable, obeyed, ratio, off_outline, off_colour,
                   off_style, off_fine, same, slopes * 4]
        totals.add_(torch.stack([number.detach().float() for number in numbers]))

    # The finest level learns in every other step.
    turns = [lambda: judged(True, True), lambda: judged(False, False), lambda: judged(False, True)]
    order = [0, 1, 2, 1]
    if device == "cuda":
        # One graph of all kernels for each kind of step: launched one by one they would take three times as long.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for turn in turns * 2:
                draw()
                turn()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        print(f"{time.time() - began:.0f} s: warm", flush=True)
        graphs = []
        for turn in turns:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                turn()
            graphs.append(graph)
        turns = [graph.replay for graph in graphs]
        print(f"{time.time() - began:.0f} s: graphs", flush=True)

    log = open(arguments.out.replace(".safetensors", ".jsonl"), "w")
    limit, step, counted = arguments.seconds, 0, 0
    told = saved = loop_began = time.time()
    totals.zero_()
    while True:
        part = (time.time() - began) / limit
        if part >= 1 or (arguments.steps and step >= arguments.steps):
            break
        share = min(1.0, max(0.03, (1 - part) / 0.4)) * min(1.0, (step + 1) / 100)
        # A generator that knows something waits for judges that do not.
        waits = min(1.0, max(0.0, (step - arguments.wait) / (2 * arguments.wait))) if arguments.go_on_from else 1.0
        for side, optimiser in steps.items():
            group = optimiser.param_groups[0]
            now = rate * share * (waits if side == "generator" else 1.0)
            if device == "cuda":
                group["lr"].fill_(now)
            else:
                group["lr"] = now
        draw()
        turns[order[step % 4]]()
        step += 1
        keep = min(arguments.average, step / (10 + step))
        with torch.no_grad():
            torch._foreach_mul_(old_parameters, keep)
            torch._foreach_add_(old_parameters, new_parameters, alpha=1 - keep)
        if step % 20 == 0 and time.time() - told > arguments.tell or step in (1, 40):
            passed = {name: round(value / (step - counted), 4) for name, value in zip(names, totals.tolist())}
            totals.zero_()
            told, counted = time.time(), step
            far, cosine = frechet()
            line = dict(seconds=round(time.time() - began), images=step * batch,
                        a_second=round(step * batch / (told - loop_began)), frechet=round(far, 2),
                        cosine=round(cosine, 3), **passed)
            print(json.dumps(line), flush=True)
            log.write(json.dumps(line) + "\n")
            log.flush()
            if not all(math.isfinite(v) for v in passed.values()):
                sys.exit("the numbers are no longer finite")
            if step == 40 and line["a_second"] < arguments.least:
                break
        if time.time() - saved > 60:
            saved = time.time()
            save(step * batch)
    save(step * batch)
    sheet()
    print("frechet, cosine", frechet(), "images", step * batch, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    pictures = commands.add_parser("pictures", help="write mirrored and bent pictures, to be indexed")
    data = commands.add_parser("data", help="put pictures and codes into one file")
    run = commands.add_parser("train", help="train")
    for name in ("coarse", "fine", "folder"):
        pictures.add_argument(name)
    for name in ("begin", "coarse", "fine", "more", "data"):
        data.add_argument(name)
    for name in ("data", "begin", "out"):
        run.add_argument(name)
    run.add_argument("--go-on-from", help="a generator of the same codes, as the one that ships")
    run.add_argument("--wait", type=int, default=250, help="steps that it waits for judges that know nothing")
    run.add_argument("--seconds", type=float, default=600)
    run.add_argument("--steps", type=int, default=0)
    run.add_argument("--batch", type=int, default=256)
    run.add_argument("--limit", type=int, default=None, help="so many pictures of each part, to try the script")
    run.add_argument("--penalty", type=float, default=0.03)
    run.add_argument("--average", type=float, default=0.998)
    run.add_argument("--tell", type=float, default=15)
    run.add_argument("--least", type=float, default=0, help="give up, and say why, below so many pictures a second")
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--weights", default="models/efficientnet-lite0.safetensors")
    pictures.set_defaults(run=write_pictures)
    data.set_defaults(run=write_data)
    run.set_defaults(run=train)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
