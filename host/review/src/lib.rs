//! What a reviewer reads: asked, granted, imported and used on one page, with findings and an explained risk.
//!
//! Pure, like policy: data in, findings and text out.

#![forbid(unsafe_code)]
