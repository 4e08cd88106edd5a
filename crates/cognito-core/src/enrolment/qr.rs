//! The URI of an authenticator app as a QR code.

use std::fmt;

use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use super::OtpAuthUri;

/// Sets black on white, because not all apps scan an inverted code.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";

/// Restores the terminal's own colours.
const OWN_COLOURS: &str = "\u{1b}[0m";

/// A QR code as text. It contains the key of an authenticator app.
///
/// It is wiped when dropped, and `Debug` prints `[redacted]`. The memory in which the code was
/// computed is not wiped.
#[derive(Clone)]
pub struct QrText(Zeroizing<String>);

impl QrText {
    /// Returns the text. Show it only where no one but the user sees it.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl OtpAuthUri {
    /// Renders the QR code for a terminal: lines of half blocks, black on white with escape
    /// sequences.
    ///
    /// # Errors
    ///
    /// [`QrCodeTooLong`] for an issuer and account that do not fit in a QR code.
    ///
    /// ```
    /// # let uri = cognito_core::OtpAuthUri::new(&"JBSWY3DPEHPK3PXP".into(), "Shop", "alice");
    /// println!("{}", uri.to_terminal()?.expose_secret());
    /// # Ok::<(), cognito_core::QrCodeTooLong>(())
    /// ```
    pub fn to_terminal(&self) -> Result<QrText, QrCodeTooLong> {
        let drawn = Zeroizing::new(self.code()?.render::<unicode::Dense1x2>().build());
        let lines = drawn.lines().count();
        let colours = lines * (BLACK_ON_WHITE.len() + OWN_COLOURS.len() + 1);
        let mut text = Zeroizing::new(String::with_capacity(drawn.len() + colours));
        for line in drawn.lines() {
            text.extend([BLACK_ON_WHITE, line, OWN_COLOURS, "\n"]);
        }
        Ok(QrText(text))
    }

    /// Renders the QR code as an SVG element, black on white, that can be embedded in a page.
    ///
    /// # Errors
    ///
    /// [`QrCodeTooLong`] for an issuer and account that do not fit in a QR code.
    pub fn to_svg(&self) -> Result<QrText, QrCodeTooLong> {
        let image = Zeroizing::new(self.code()?.render::<svg::Color<'_>>().build());
        // An HTML page must not contain an XML declaration.
        let element = image.find("<svg").and_then(|start| image.get(start..)).unwrap_or_default();
        Ok(QrText(Zeroizing::new(element.to_owned())))
    }

    fn code(&self) -> Result<QrCode, QrCodeTooLong> {
        // Screens are not damaged like paper, so the lowest level suffices and gives the smallest
        // code.
        QrCode::with_error_correction_level(self.expose_secret(), EcLevel::L)
            .map_err(|_| QrCodeTooLong)
    }
}

impl fmt::Debug for QrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrText([redacted])")
    }
}

/// The URI is longer than the 2953 bytes that fit in a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the URI is too long for a QR code; shorten the issuer or the account")]
pub struct QrCodeTooLong;

#[cfg(test)]
mod tests {
    use super::*;

    fn uri() -> OtpAuthUri {
        OtpAuthUri::new(&"JBSWY3DPEHPK3PXP".into(), "Example Shop", "alice@example.com")
    }

    /// Scans a code like an app. `dark` includes a quiet zone of four modules.
    fn scan(dark: &[Vec<bool>]) -> String {
        let size = dark.len() - 8;
        let module = |x: usize, y: usize| dark[y + 4][x + 4];
        let grid = rqrr::Grid::new(rqrr::SimpleGrid::from_func(size, module));
        grid.decode().unwrap().1
    }

    #[test]
    fn the_code_for_a_terminal_can_be_scanned() {
        let text = uri().to_terminal().unwrap();
        let mut rows = Vec::new();
        for line in text.expose_secret().lines() {
            let line = line.strip_prefix(BLACK_ON_WHITE).unwrap();
            let line = line.strip_suffix(OWN_COLOURS).unwrap();
            rows.push(line.chars().map(|half| matches!(half, '▀' | '█')).collect());
            rows.push(line.chars().map(|half| matches!(half, '▄' | '█')).collect());
        }
        let width = Vec::len(&rows[0]);
        assert!(rows.len() - width <= 1, "half a line may be left over");
        rows.truncate(width);
        assert_eq!(scan(&rows), uri().expose_secret());
    }

    #[test]
    fn the_svg_code_can_be_scanned() {
        let image = uri().to_svg().unwrap();
        let image = image.expose_secret();
        assert!(image.starts_with("<svg") && image.ends_with("</svg>"), "{image}");
        // Dark modules are rectangles of a path, of one size: `M<x> <y>h<width>v<height>...`.
        let path = image.split_once(" d=\"").unwrap().1;
        let rectangles: Vec<(usize, usize, usize)> = path
            .split('M')
            .skip(1)
            .map(|rectangle| {
                let number = |text: &str| text.parse::<usize>().unwrap();
                let (x, rest) = rectangle.split_once(' ').unwrap();
                let (y, rest) = rest.split_once('h').unwrap();
                (number(x), number(y), number(rest.split_once('v').unwrap().0))
            })
            .collect();
        let module = rectangles[0].2;
        let side = 8 + rectangles.iter().map(|(x, ..)| x / module).max().unwrap() - 3;
        let mut rows = vec![vec![false; side]; side];
        rectangles.iter().for_each(|(x, y, _)| rows[y / module][x / module] = true);
        assert_eq!(scan(&rows), uri().expose_secret());
    }

    #[test]
    fn a_uri_that_is_too_long_for_a_code_is_an_error() {
        let account = "a".repeat(3000);
        let long = OtpAuthUri::new(&"JBSWY3DPEHPK3PXP".into(), "Shop", &account);
        assert_eq!(long.to_terminal().unwrap_err(), QrCodeTooLong);
        assert_eq!(long.to_svg().unwrap_err(), QrCodeTooLong);
    }

    #[test]
    fn codes_are_not_printed() {
        let (text, image) = (uri().to_terminal().unwrap(), uri().to_svg().unwrap());
        for printed in [format!("{text:?}{text:#?}"), format!("{image:?}{image:#?}")] {
            assert_eq!(printed, "QrText([redacted])".repeat(2));
        }
    }
}
