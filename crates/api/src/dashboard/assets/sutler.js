// What the pages gain by scripts. Without any of it they work the same, a page at a time.
document.documentElement.dataset.js = ""

import "./elements.js"
import "./live.js"
import "./keys.js"
