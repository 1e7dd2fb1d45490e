//! Makes the seeds: small files of every kind, all made up here. It is linked as the targets are, so that nothing is
//! compiled twice: `scripts/fuzz.sh seeds` builds and runs it.
#![no_main]

use arrow_array::{RecordBatch, RecordBatchReader};
use image::{DynamicImage, ImageFormat, RgbImage};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use shoespace_fuzz::{png, shoes};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::Arc;

fn put(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

libfuzzer_sys::fuzz_target!(
    init: {
        if make() {
            std::process::exit(0);
        }
    },
    |_data: &[u8]| ()
);

fn make() -> bool {
    catalogues();
    parquets();
    pictures();
    archives();
    tables();
    let generator = generator();
    put("model", "generator", &generator);
    design();
    put("idx", "pair", idx());
    true
}

/// Catalogues as they are written, and as other programs write them: those have no checksums, which would refuse nearly
/// every change.
fn catalogues() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    shoes(&path, 6);
    put("catalogue", "ours", std::fs::read(&path).unwrap());
    let plain = || WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None);
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1).unwrap());
    let kinds = [
        ("plain", plain().set_dictionary_enabled(false)),
        ("dictionaries", plain()),
        (
            "second",
            plain()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_dictionary_enabled(false),
        ),
        (
            "pages",
            plain()
                .set_data_page_row_count_limit(2)
                .set_write_batch_size(2),
        ),
        (
            "groups",
            plain()
                .set_max_row_group_row_count(Some(2))
                .set_dictionary_enabled(false),
        ),
        ("packed", plain().set_compression(zstd)),
    ];
    for (name, properties) in kinds {
        let is_small = name != "plain" && name != "dictionaries";
        put(
            "catalogue",
            name,
            rewritten(&path, properties.build(), is_small),
        );
    }
}

/// A Parquet file written anew, without or with the picture's statistics.
fn rewritten(path: &Path, properties: WriterProperties, few_rows: bool) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let kept = builder
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .cloned()
        .unwrap_or_default();
    let kept: Vec<KeyValue> = kept
        .into_iter()
        .filter(|pair| pair.key == "shoespace")
        .collect();
    let reader = builder.build().unwrap();
    // What the schema carries twice is left out.
    let schema = Arc::new(
        reader
            .schema()
            .as_ref()
            .clone()
            .with_metadata(std::collections::HashMap::new()),
    );
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, schema.clone(), Some(properties)).unwrap();
    for batch in reader {
        let batch = batch.unwrap();
        let batch = RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).unwrap();
        let rows = if few_rows { 4 } else { batch.num_rows() };
        writer
            .write(&batch.slice(0, rows.min(batch.num_rows())))
            .unwrap();
    }
    kept.into_iter()
        .for_each(|pair| writer.append_key_value_metadata(pair));
    writer.close().unwrap();
    out
}

/// Data sets of other programs.
fn parquets() {
    use arrow_array::{ArrayRef, BinaryArray, Int64Array, StringArray, StructArray};
    use arrow_schema::{DataType, Field};
    let bytes: ArrayRef = Arc::new(BinaryArray::from_iter_values([png(), png(), b"no picture"]));
    let paths: ArrayRef = Arc::new(StringArray::from(vec![Some("a.png"), None, Some("c.png")]));
    let image: ArrayRef = Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("bytes", DataType::Binary, true)),
            bytes.clone(),
        ),
        (Arc::new(Field::new("path", DataType::Utf8, true)), paths),
    ]));
    let labels: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), Some(1), None]));
    let words: ArrayRef = Arc::new(StringArray::from(vec![Some("boot"), None, Some("凉鞋")]));
    let features = r#"{"info":{"features":{"image":{"_type":"Image"},"label":{"names":["boot","shoe"],"_type":"ClassLabel"}}}}"#;
    for (name, image) in [("struct", image), ("bytes", bytes)] {
        let columns = [
            ("image", image),
            ("label", labels.clone()),
            ("word", words.clone()),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder()
            .set_statistics_enabled(EnabledStatistics::None)
            .set_dictionary_enabled(name == "bytes")
            .build();
        let mut out = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.append_key_value_metadata(KeyValue::new(
            "huggingface".to_owned(),
            features.to_owned(),
        ));
        writer.close().unwrap();
        put("parquet", name, out);
    }
}

fn shoe(side: u32) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| {
        image::Rgb([(x * 9) as u8, (y * 7) as u8, (x * y) as u8])
    })
}

fn pictures() {
    let colour = DynamicImage::from(shoe(9));
    let formats = [
        ("png", ImageFormat::Png),
        ("jpg", ImageFormat::Jpeg),
        ("webp", ImageFormat::WebP),
        ("gif", ImageFormat::Gif),
        ("bmp", ImageFormat::Bmp),
        ("tif", ImageFormat::Tiff),
        ("ppm", ImageFormat::Pnm),
        ("qoi", ImageFormat::Qoi),
        ("tga", ImageFormat::Tga),
    ];
    let kinds: [(&str, DynamicImage); 5] = [
        ("rgb", colour.clone()),
        ("grey", colour.to_luma8().into()),
        ("alpha", colour.to_rgba8().into()),
        ("grey-alpha", colour.to_luma_alpha8().into()),
        ("deep", colour.to_rgb16().into()),
    ];
    for (ending, format) in formats {
        for (kind, picture) in &kinds {
            let mut out = Cursor::new(Vec::new());
            if picture.write_to(&mut out, format).is_ok() {
                put("picture", &format!("{kind}.{ending}"), out.into_inner());
            }
        }
    }
    put(
        "picture",
        "cmyk.jpg",
        include_bytes!("../../../src/catalog/picture/cmyk-red.jpg"),
    );
    put("picture", "bits.pbm", b"P4\n9 2\n\xaa\x00\x55\x80");
    put(
        "picture",
        "text.pgm",
        b"P2\n# shoe\n3 2\n255\n1 2 3 4 5 6\n",
    );
    // The picture of jxl-oxide's documentation.
    let jxl = [
        0xff, 0x0a, 0x30, 0x54, 0x10, 0x09, 0x08, 0x06, 0x01, 0x00, 0x78, 0x00, 0x4b, 0x38, 0x41,
        0x3c, 0xb6, 0x3a, 0x51, 0xfe, 0x00, 0x47, 0x1e, 0xa0, 0x85, 0xb8, 0x27, 0x1a, 0x48, 0x45,
        0x84, 0x1b, 0x71, 0x4f, 0xa8, 0x3e, 0x8e, 0x30, 0x03, 0x92, 0x84, 0x01_u8,
    ];
    put("picture", "small.jxl", jxl);
    // TIFFs that `image` leaves to others: palettes, Lab, inks, few bits.
    let ramp: Vec<u16> = (0..768_u32).map(|i| (i * 85) as u16).collect();
    let shorts = |all: &[u16]| all.to_vec();
    for (name, bits, meaning, channels, map) in [
        ("palette.tif", 8, 3, 1, Some(&ramp[..])),
        ("palette4.tif", 4, 3, 1, Some(&ramp[..48])),
        ("two.tif", 2, 1, 1, None),
        ("lab.tif", 8, 8, 3, None),
        ("lab16.tif", 16, 9, 3, None),
        ("inks.tif", 8, 5, 4, None),
        ("ycbcr.tif", 8, 6, 3, None),
        ("grey2.tif", 8, 1, 2, None),
    ] {
        let row = (4 * channels * bits as usize).div_ceil(8);
        let data: Vec<u8> = (0..row * 3).map(|i| (i * 11) as u8).collect();
        let mut tags = vec![
            (258, vec![bits; channels]),
            (262, vec![meaning]),
            (277, vec![channels as u16]),
        ];
        tags.extend(map.map(|map| (320, shorts(map))));
        if meaning == 6 {
            tags.push((530, vec![1, 1]));
        }
        put("picture", name, tiff([4, 3], tags, &data));
    }
}

/// A little-endian TIFF without compression, whose tags are SHORTs.
fn tiff(size: [u16; 2], tags: Vec<(u16, Vec<u16>)>, data: &[u8]) -> Vec<u8> {
    let mut out = b"II\x2a\0".to_vec();
    let start = 8 + data.len().next_multiple_of(2);
    out.extend((start as u32).to_le_bytes());
    out.extend(data);
    out.resize(start, 0);
    let mut all = vec![
        (256, vec![size[0]]),
        (257, vec![size[1]]),
        (259, vec![1]),
        (273, vec![8]),
        (278, vec![size[1]]),
        (279, vec![data.len() as u16]),
    ];
    all.extend(tags);
    all.sort();
    let behind = start + 2 + 12 * all.len() + 4;
    let mut extra: Vec<u8> = Vec::new();
    out.extend((all.len() as u16).to_le_bytes());
    for (tag, values) in all {
        let mut bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        out.extend(tag.to_le_bytes());
        out.extend(3_u16.to_le_bytes());
        out.extend((values.len() as u32).to_le_bytes());
        if bytes.len() > 4 {
            out.extend(((behind + extra.len()) as u32).to_le_bytes());
            extra.extend(bytes);
        } else {
            bytes.resize(4, 0);
            out.extend(bytes);
        }
    }
    out.extend([0; 4]);
    out.extend(extra);
    out
}

fn archives() {
    use zip::write::SimpleFileOptions;
    let table = "id,kind\na,boot\nb,\"sandal, red\"\n";
    for (name, method) in [
        ("stored.zip", zip::CompressionMethod::Stored),
        ("deflated.zip", zip::CompressionMethod::Deflated),
    ] {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(method);
        for (name, bytes) in [
            ("shoes/a.png", png()),
            ("shoes/ü.png", png()),
            ("shoes/table.csv", table.as_bytes()),
        ] {
            zip.start_file(name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        put("archive", name, zip.finish().unwrap().into_inner());
    }
    let mut tar = tar::Builder::new(Vec::new());
    let long = format!("{}/c.png", "a folder with a long name".repeat(6));
    for (name, bytes) in [
        ("a.png", png()),
        ("a.json", b"{\"kind\":\"boot\",\"size\":42}"),
        ("b.png", png()),
        ("b.cls", b"3"),
        (long.as_str(), png()),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        if tar.append_data(&mut header, name, bytes).is_err() {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, name, bytes).unwrap();
        }
    }
    let tar = tar.into_inner().unwrap();
    put("archive", "webdataset.tar", &tar);
    put(
        "folder",
        "webdataset",
        [b"@@ shard-0.tar\n", &tar[..6 * 512], &[0; 1024]].concat(),
    );
}

/// A workbook as Excel writes one, with the least that it takes.
fn tables() {
    use zip::write::SimpleFileOptions;
    let sheet = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B3"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>file</t></is></c><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>a.png</t></is></c><c r="B2"><v>42.5</v></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>b.png</t></is></c><c r="B3" t="b"><v>1</v></c></row></sheetData></worksheet>"#;
    let parts = [
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Shoes" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/sharedStrings.xml",
            r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>size</t></si></sst>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in parts {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    put("table", "book.xlsx", zip.finish().unwrap().into_inner());
}

/// The smallest generator.
fn generator() -> Vec<u8> {
    let info = r#"{"size":8,"channels":1,"code_dims":2,"noise_dims":1,"blocks":[{"name":"style","dims":3}],"embedder":"none","view":1.2}"#;
    let network = r#"{"kind":"shoegan","size":8,"channels":1,"code_dims":2,"noise_dims":1,"style_dims":2,"widths":[2,2]}"#;
    let prior = r#"[{"column":"kind","role":"type","values":["boot",null]}]"#;
    let mut tensors: Vec<(String, Vec<usize>)> = [
        ("basis/weights", vec![1]),
        ("basis/style_mean", vec![3]),
        ("basis/mean", vec![3]),
        ("basis/share", vec![1]),
        ("basis/axes", vec![2, 3]),
        ("prior/codes", vec![2, 2]),
        ("view/weights", vec![1, 2]),
        ("view/bias", vec![1]),
        ("network/map1.weight", vec![3, 2]),
        ("network/map1.bias", vec![1, 2]),
        ("network/map2.weight", vec![2, 2]),
        ("network/map2.bias", vec![1, 2]),
        ("network/first.weight", vec![2, 32]),
        ("network/first.bias", vec![1, 32]),
    ]
    .map(|(name, shape)| (name.to_owned(), shape))
    .into();
    for level in ["level4", "level8"] {
        let parts: &[_] = match level {
            "level4" => &[("a", 18), ("b", 18)],
            _ => &[("a", 18), ("b", 18), ("picture", 2)],
        };
        for (part, rows) in parts {
            let outputs = if *part == "picture" { 1 } else { 2 };
            for (name, shape) in [
                ("style.weight", vec![2, 2]),
                ("style.bias", vec![1, 2]),
                ("weight", vec![*rows, outputs]),
                ("bias", vec![1, outputs]),
            ] {
                tensors.push((format!("network/{level}.{part}.{name}"), shape));
            }
        }
    }
    let mut header = format!(
        r#"{{"__metadata__":{{"kind":"shoespace generator","version":"1","info":{info:?},"network":{network:?},"prior":{prior:?}}}"#
    );
    let mut data: Vec<u8> = Vec::new();
    for (name, shape) in tensors {
        let from = data.len();
        let count: usize = shape.iter().product();
        data.extend((0..count).flat_map(|i| (0.5 - (i % 7) as f32 / 7.0).to_le_bytes()));
        header += &format!(
            r#","{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{from},{}]}}"#,
            data.len()
        );
    }
    header.push('}');
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &data,
    ]
    .concat()
}

fn design() {
    let text = r#"{"version":1,"generator":{"name":"g","sha256":""},"catalogue":{"name":"c","fingerprint":""},"code":[0.5,-1],"noise":[0.25],"truncation":1.0,"origin":{"how":"between","from":"a","to":"b","share":0.5},"at":[1,2,3],"picture_sha256":""}"#;
    put("design", "json", text);
    let mut png = Vec::new();
    shoespace::design::file::write_png(&mut png, &shoe(8), shoespace::design::file::KEYWORD, text)
        .unwrap();
    put("design", "png", png);
}

fn idx() -> Vec<u8> {
    let mut pictures = vec![0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 4];
    pictures.extend((0..48).map(|i| i * 5));
    let labels = [0, 0, 8, 1, 0, 0, 0, 3, 5, 7, 9];
    [&[labels.len() as u8, 0][..], &pictures, &labels].concat()
}
