//! What the catalog checks beside the domain: HTML, and pictures that a page can show.

use sutler_domain::catalog::{Image, ProductDraft};
use sutler_domain::fault::Faults;
use sutler_domain::text::{BODY_MAX, TextError};

/// Pictures of one product.
pub const IMAGES_MAX: usize = 250;
/// Characters of the address of a picture.
pub const URL_MAX: usize = 2048;
/// Values of one option.
pub const OPTION_VALUES_MAX: usize = 500;

/// Keep what may be shown on any page; scripts, styles and handlers are taken out.
pub(crate) fn html(raw: &str, faults: &mut Faults) -> String {
    let found = raw.chars().count();
    if found > BODY_MAX {
        faults.check("/description_html", Err(TextError::TooLong { found, max: BODY_MAX }));
        return String::new();
    }
    ammonia::clean(raw)
}

/// Note what is wrong with the address of a picture at this pointer.
pub(crate) fn picture(image: &Image, at: &str, faults: &mut Faults) {
    let web = image.url.starts_with("https://") || image.url.starts_with("http://");
    let fits = web && !image.url.contains(char::is_whitespace) && image.url.chars().count() <= URL_MAX;
    faults.require(fits || image.url.is_empty(), &format!("{at}/url"), || {
        format!(
            "a picture has an address of http:// or https://, without spaces, of at most {URL_MAX} characters"
        )
    });
}

/// What is wrong with a draft, beyond what the domain finds.
pub(crate) fn draft(draft: &ProductDraft, faults: &mut Faults) {
    let count = draft.images.len();
    faults.require(count <= IMAGES_MAX, "/images", || {
        format!("at most {IMAGES_MAX} images are allowed, not {count}")
    });
    for (index, image) in draft.images.iter().enumerate() {
        picture(image, &format!("/images/{index}"), faults);
    }
    for (index, option) in draft.options.iter().enumerate() {
        let count = option.values.len();
        faults.require(count <= OPTION_VALUES_MAX, &format!("/options/{index}/values"), || {
            format!("at most {OPTION_VALUES_MAX} values are allowed, not {count}")
        });
    }
}
