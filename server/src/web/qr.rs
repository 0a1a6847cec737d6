//! A QR code as the outline of its dark squares, for an SVG: no picture is fetched from anywhere, and no script draws it.

use std::fmt::Write;

use app::QrOutline;
use qrcodegen::{QrCode, QrCodeEcc};

/// `None` when the text is too long for one.
pub fn outline(text: &str) -> Option<QrOutline> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let dark = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            if dark > 0 {
                // Writing to a text cannot fail.
                let _ = write!(path, "M{x} {y}h{dark}v1h-{dark}z");
            }
            x += i32::try_from(dark).unwrap_or(0) + 1;
        }
    }
    Some(QrOutline { size: code.size(), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which squares an outline covers.
    fn covered(outline: &QrOutline) -> Vec<(i32, i32)> {
        let mut squares = Vec::new();
        for run in outline.path.split('M').filter(|run| !run.is_empty()) {
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            let length: i32 = rest.split_once('v').unwrap().0.parse().unwrap();
            assert_eq!(rest, format!("{length}v1h-{length}z"), "the outline does not close");
            squares.extend((x..x + length).map(|x| (x, y)));
        }
        squares
    }

    #[test]
    fn the_outline_covers_the_dark_squares_and_no_others() {
        let text = "otpauth://totp/Drydock:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Drydock";
        let (code, outline) = (QrCode::encode_text(text, QrCodeEcc::Medium).unwrap(), outline(text).unwrap());
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark: Vec<_> = all.filter(|(x, y)| code.get_module(*x, *y)).collect();
        assert_eq!(covered(&outline), dark);
        assert_eq!(outline.size, code.size());
    }
}
