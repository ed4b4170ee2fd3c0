//! Pieces of a file that can be imported alone: all rows of a product stay together, whatever lies between them.

use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder, Writer};

/// Rows of a piece, unless one product has more.
const ROWS: usize = 1_000;

/// Some products of a file.
pub(super) struct Piece {
    /// The header and the rows.
    pub(super) csv: Vec<u8>,
    /// For each row, its number in the whole file; the header is row 1.
    pub(super) rows: Vec<usize>,
}

impl Piece {
    /// The number in the whole file of a row of this piece; both count the header as 1.
    pub(super) fn row(&self, row: usize) -> usize {
        row.checked_sub(2).and_then(|at| self.rows.get(at)).copied().unwrap_or(row)
    }
}

/// Cut a file. One that cannot be understood stays whole: the server says best what is wrong with it.
pub(super) fn pieces(file: &[u8]) -> Vec<Piece> {
    let whole = || vec![Piece { csv: file.to_vec(), rows: Vec::new() }];
    let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let Ok(records) = reader.byte_records().collect::<Result<Vec<ByteRecord>, _>>() else { return whole() };
    let Some((header, rows)) = records.split_first() else { return whole() };
    let Some(handle) = header.iter().position(is_handle) else { return whole() };
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut products: Vec<Vec<(usize, &ByteRecord)>> = Vec::new();
    for (number, record) in (2..).zip(rows) {
        let name = record.get(handle).unwrap_or_default();
        let place = *places.entry(name).or_insert(products.len());
        if place == products.len() {
            products.push(Vec::new());
        }
        if let Some(product) = products.get_mut(place) {
            product.push((number, record));
        }
    }
    let mut pieces: Vec<Vec<(usize, &ByteRecord)>> = vec![Vec::new()];
    for product in products {
        if pieces.last().is_some_and(|last| !last.is_empty() && last.len() + product.len() > ROWS) {
            pieces.push(Vec::new());
        }
        if let Some(last) = pieces.last_mut() {
            last.extend(product);
        }
    }
    let written: Option<Vec<Piece>> = pieces.iter().map(|rows| piece(header, rows)).collect();
    written.unwrap_or_else(whole)
}

fn piece(header: &ByteRecord, rows: &[(usize, &ByteRecord)]) -> Option<Piece> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_byte_record(header).ok()?;
    for (_, record) in rows {
        writer.write_byte_record(record).ok()?;
    }
    let csv = finished(writer)?;
    Some(Piece { csv, rows: rows.iter().map(|(number, _)| *number).collect() })
}

fn finished(writer: Writer<Vec<u8>>) -> Option<Vec<u8>> {
    writer.into_inner().ok()
}

/// The column that names the product, in both templates.
fn is_handle(cell: &[u8]) -> bool {
    let name = cell.trim_ascii().to_ascii_lowercase();
    name == b"handle" || name == b"url handle"
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn rows_of_a_product_stay_together_and_keep_their_numbers() {
        let mut file = "\u{feff}Handle,Title\n".to_owned();
        for n in 0..2_400 {
            writeln!(file, "p{},\"a\nb\"", n % 1_200).unwrap();
        }
        let pieces = pieces(file.as_bytes());
        assert_eq!(pieces.len(), 3);
        assert!(
            pieces.iter().all(|piece| piece.rows.len() <= ROWS && piece.csv.starts_with(b"Handle,Title\n"))
        );
        let mut all: Vec<usize> = pieces.iter().flat_map(|piece| piece.rows.clone()).collect();
        all.sort_unstable();
        assert_eq!(all, (2..2_402).collect::<Vec<_>>());
        // Row 1,202 repeats the first product, and so follows row 2.
        assert_eq!((pieces[0].row(2), pieces[0].row(3)), (2, 1_202));
    }

    #[test]
    fn a_file_that_is_no_shopify_file_goes_whole() {
        for file in [&b"id,name\n1,x\n"[..], b""] {
            let pieces = pieces(file);
            assert_eq!(pieces.len(), 1);
            assert_eq!(pieces[0].csv, file);
        }
    }

    #[test]
    fn a_header_alone_is_one_piece() {
        assert_eq!(pieces(b"Handle,Title\n").len(), 1);
    }
}
