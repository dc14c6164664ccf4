//! The file on disk: as it is, or packed with gzip.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How the bytes of every packed file begin.
const MAGIC: [u8; 2] = [0x1F, 0x8B];

const UNWRITTEN: &str = "the file cannot be written";

/// Has `fill` write to `out`, packed if `pack`, to the last byte.
pub fn write<W: Write, T>(out: W, pack: bool, fill: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    if !pack {
        let mut out = out;
        let filled = fill(&mut out)?;
        out.flush().context(UNWRITTEN)?;
        return Ok(filled);
    }
    // Rows repeat each other so much that packing harder gains little and takes three times as long.
    let mut packer = GzEncoder::new(out, Compression::fast());
    let filled = fill(&mut packer)?;
    packer.finish().and_then(|mut out| out.flush()).context(UNWRITTEN)?;
    Ok(filled)
}

/// What `input` says, packed or not: its first bytes tell. What follows the end of a packed file is an error.
pub fn read(input: impl Read + Send + 'static) -> Result<Box<dyn BufRead + Send>> {
    let mut input = BufReader::new(input);
    // A short first read is no file of ours in either form.
    let packed = input.fill_buf()?.starts_with(&MAGIC);
    Ok(if packed { Box::new(BufReader::new(MultiGzDecoder::new(input))) } else { Box::new(input) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pack: bool, text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, pack, |out| Ok(out.write_all(text)?)).unwrap();
        bytes
    }

    fn unpacked(bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
        let mut text = Vec::new();
        read(std::io::Cursor::new(bytes)).unwrap().read_to_end(&mut text).map(|_| text)
    }

    #[test]
    fn what_was_written_is_read_packed_or_not() {
        let text = b"[1,\"a line\"]\n".repeat(1_000);
        let (plain, packed) = (written(false, &text), written(true, &text));
        assert!(plain == text && packed.len() * 10 < plain.len());
        assert_eq!(unpacked(plain).unwrap(), text);
        assert_eq!(unpacked(packed).unwrap(), text);
    }

    #[test]
    fn a_packed_file_that_is_cut_off_or_goes_on_is_an_error() {
        let packed = written(true, b"text\n");
        for length in MAGIC.len()..packed.len() {
            assert!(unpacked(packed[..length].to_vec()).is_err(), "the first {length} bytes");
        }
        assert!(unpacked([&packed[..], b"more"].concat()).is_err());
    }
}
