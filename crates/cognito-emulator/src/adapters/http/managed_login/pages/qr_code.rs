//! QR codes as SVG.

use qrcode::{Color, EcLevel, QrCode};

/// A QR code, as the path of an SVG image.
pub(super) struct QrPath {
    /// The number of modules on a side, including the margin.
    pub(super) width: usize,
    pub(super) path: String,
}

/// The margin in modules that readers need around the code (ISO 18004).
const MARGIN: usize = 4;

impl QrPath {
    /// Returns the QR code of a text, or `None` if the text is too long.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let side = code.width();
        let place = |index: usize| {
            let row = index.checked_div(side).unwrap_or_default();
            let column = index.checked_rem(side).unwrap_or_default();
            format!("M{} {}h1v1h-1z", column.saturating_add(MARGIN), row.saturating_add(MARGIN))
        };
        let colors = code.to_colors();
        let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
        let path = dark.map(|(index, _)| place(index)).collect();
        Some(Self { width: side.saturating_add(MARGIN.saturating_mul(2)), path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_as_wide_as_its_version_with_the_margin() {
        let code = QrPath::of("otpauth://totp/a:b?secret=GEZDGNBV").unwrap();
        assert_eq!(code.width, 17 + 4 * 3 + 8);
        assert!(code.path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "{}", code.path);
        assert!(QrPath::of(&"x".repeat(3000)).is_none());
    }
}
