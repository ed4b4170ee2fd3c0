//! What the catalog checks beside the domain: HTML, addresses of pictures, and that every variant says all choices.

use std::collections::BTreeSet;

use sutler_domain::catalog::{OPTIONS_MAX, ProductDraft};
use sutler_domain::fault::Faults;
use sutler_domain::text::{self, BODY_MAX, LINE_MAX};

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
        faults.check("/description_html", Err(text::TextError::TooLong { found, max: BODY_MAX }));
        return String::new();
    }
    ammonia::clean(raw)
}

/// What is wrong with a draft, beyond what the domain finds.
pub(crate) fn draft(draft: &ProductDraft, faults: &mut Faults) {
    let line = |text: Option<&String>| text::line(text.map_or("", String::as_str), LINE_MAX);
    faults.check("/handle", line(draft.handle.as_ref()));
    faults.check("/seo/title", line(draft.seo.title.as_ref()));
    let description = draft.seo.description.as_deref().unwrap_or_default();
    faults.check("/seo/description", text::body(description, BODY_MAX));
    images(draft, faults);
    options(draft, faults);
    variants(draft, faults);
}

fn images(draft: &ProductDraft, faults: &mut Faults) {
    let count = draft.images.len();
    faults.require(count <= IMAGES_MAX, "/images", || format!("at most {IMAGES_MAX} images are allowed, not {count}"));
    for (index, image) in draft.images.iter().enumerate() {
        let web = image.url.starts_with("https://") || image.url.starts_with("http://");
        let plain = !image.url.contains(|c: char| c.is_control() || c.is_whitespace());
        let fits = web && plain && image.url.chars().count() <= URL_MAX;
        faults.require(fits, &format!("/images/{index}/url"), || {
            format!("a picture has an address of http:// or https:// without spaces, of at most {URL_MAX} characters")
        });
        let alt = image.alt.as_deref().unwrap_or_default();
        faults.check(&format!("/images/{index}/alt"), text::body(alt, LINE_MAX.saturating_mul(2)));
    }
}

fn options(draft: &ProductDraft, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (index, option) in draft.options.iter().enumerate() {
        let at = format!("/options/{index}");
        faults.require(!option.name.is_empty(), &format!("{at}/name"), || "an option needs a name".into());
        faults.check(&format!("{at}/name"), text::line(&option.name, LINE_MAX));
        faults.require(names.insert(&option.name), &format!("{at}/name"), || {
            format!("the option '{}' stands twice", option.name)
        });
        let count = option.values.len();
        faults.require(count <= OPTION_VALUES_MAX, &format!("{at}/values"), || {
            format!("at most {OPTION_VALUES_MAX} values are allowed, not {count}")
        });
    }
}

fn variants(draft: &ProductDraft, faults: &mut Faults) {
    let names: BTreeSet<&String> = if draft.options.is_empty() {
        draft.variants.iter().flat_map(|v| v.option_values.keys()).collect()
    } else {
        draft.options.iter().map(|o| &o.name).collect()
    };
    faults.require(names.len() <= OPTIONS_MAX, "/options", || {
        format!("at most {OPTIONS_MAX} options are allowed, not {}", names.len())
    });
    for (index, variant) in draft.variants.iter().enumerate() {
        let at = format!("/variants/{index}");
        let same = variant.option_values.len() == names.len()
            && variant.option_values.keys().all(|name| names.contains(name));
        faults.require(same, &format!("{at}/option_values"), || {
            let names: Vec<&str> = names.iter().map(|n| n.as_str()).collect();
            format!("every variant says one value for each option of the product: [{}]", names.join(", "))
        });
        for (name, value) in &variant.option_values {
            let pointer = format!("{at}/option_values");
            faults.require(!value.is_empty() && !name.is_empty(), &pointer, || {
                format!("the option '{name}' has an empty name or value")
            });
            faults.check(&pointer, text::line(name, LINE_MAX));
            faults.check(&pointer, text::line(value, LINE_MAX));
        }
        faults.check(&format!("{at}/tax_code"), text::line(variant.tax_code.as_deref().unwrap_or_default(), LINE_MAX));
        let heavy = variant.weight.is_none_or(|w| !w.value.is_sign_negative());
        faults.require(heavy, &format!("{at}/weight"), || "a weight is 0 or more".into());
    }
}
