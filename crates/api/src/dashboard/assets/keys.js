// Dialogs, the command palette, and the keyboard.
import { icon, total } from "./elements.js"

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

// A form of a page of its own, shown above the page that one is at.
let dialog
let opener
const host = () => {
  if (dialog) return dialog
  dialog = element("dialog")
  dialog.setAttribute("aria-labelledby", "sheet-title")
  dialog.addEventListener("close", () => { dialog.replaceChildren(); opener?.focus() })
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) { event.preventDefault(); dialog.close() }
  })
  document.body.append(dialog)
  return dialog
}
const put = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html")
  const sheet = page.getElementById("sheet")
  if (!sheet) return false
  host().replaceChildren(document.adoptNode(sheet))
  for (const form of dialog.querySelectorAll("form[data-total]")) total(form)
  const first = dialog.querySelector("[data-faults]") ?? dialog.querySelector(".field input:not([type=hidden]), .field select, .field textarea") ?? dialog.querySelector(".sheet-actions button")
  first?.focus()
  return true
}
const show = async (href, from) => {
  opener = from
  try {
    const answer = await fetch(href, { headers: { "HX-Request": "true" } })
    const html = await answer.text()
    host()
    if (!dialog.open) dialog.showModal()
    if (!put(html)) location.assign(href)
  } catch { location.assign(href) }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]")
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
  event.preventDefault()
  link.closest("details.pick")?.removeAttribute("open")
  show(link.href, link.closest(".menu") ? link.closest("details")?.querySelector("summary") : link)
})
document.addEventListener("submit", async (event) => {
  const form = event.target
  const button = event.submitter ?? form.querySelector("button:not([type=button])")
  if (form.method === "post" && button && !form.closest(".themes")) button.ariaBusy = "true"
  if (!dialog?.contains(form)) return
  event.preventDefault()
  const fields = new URLSearchParams(new FormData(form))
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields })
    if (answer.redirected) return location.assign(answer.url)
    if (!put(await answer.text())) location.reload()
  } catch {
    // Nobody knows whether it arrived; it may be sent again, since its key lets it act once only.
    if (button) button.ariaBusy = null
    document.querySelector("toast-stack")?.say("No answer. Send it again: it acts only once.", "danger", "alert")
  }
})
addEventListener("pageshow", (event) => {
  // A page that comes back from memory is as it was left, with the button that was pressed still busy.
  if (!event.persisted) return
  for (const busy of document.querySelectorAll("[aria-busy]")) busy.ariaBusy = null
})

// Menus close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.pick[open]")) if (!open.contains(event.target)) open.open = false
  const menu = event.target.closest("[data-menu]")
  const side = document.getElementById("side")
  if (menu) {
    event.preventDefault()
    const isOpen = side.toggleAttribute("data-open")
    menu.setAttribute("aria-expanded", isOpen)
    if (isOpen) side.querySelector("a").focus()
  } else if (side?.hasAttribute("data-open") && !side.contains(event.target)) side.removeAttribute("data-open")
})

// The palette: pages, things by their names, and what may be done with them.
let palette
const openPalette = (begin = "") => {
  if (!palette) {
    const input = element("input", { type: "text", autocomplete: "off", placeholder: "Search or run a command" })
    input.setAttribute("role", "combobox")
    input.setAttribute("aria-label", "Search or run a command")
    input.setAttribute("aria-controls", "palette-hits")
    input.setAttribute("aria-expanded", "true")
    const list = element("ul", { className: "hits", id: "palette-hits" })
    list.setAttribute("role", "listbox")
    list.setAttribute("aria-label", "Results")
    palette = element("dialog", { className: "palette" }, input, list, element("footer", {}, "↑ ↓ choose", element("span", {}, "↵ open"), element("span", {}, "esc close")))
    palette.setAttribute("aria-label", "Command palette")
    let asked = 0
    const look = async () => {
      const mine = ++asked
      const answer = await fetch(`/admin/search?all=1&q=${encodeURIComponent(input.value)}`).catch(() => null)
      if (!answer?.ok || mine !== asked) return
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      const hits = [...page.querySelectorAll("#hits li")].map((hit) => document.adoptNode(hit))
      hits.forEach((hit, at) => {
        hit.setAttribute("role", "presentation")
        const link = hit.querySelector("a")
        link.id = `hit-${at}`
        link.setAttribute("role", "option")
        link.tabIndex = -1
      })
      list.replaceChildren(...hits)
      choose(0)
    }
    const choose = (to) => {
      const all = [...list.querySelectorAll("a")]
      const at = Math.max(0, Math.min(all.length - 1, to))
      all.forEach((link, index) => link.setAttribute("aria-selected", index === at))
      all[at]?.scrollIntoView({ block: "nearest" })
      input.setAttribute("aria-activedescendant", all[at]?.id ?? "")
    }
    const chosen = () => [...list.querySelectorAll("a")].findIndex((link) => link.ariaSelected === "true")
    input.addEventListener("input", () => { clearTimeout(input.wait); input.wait = setTimeout(look, 120) })
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen() + 1) }
      else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen() - 1) }
      else if (event.key === "Enter") { event.preventDefault(); list.querySelectorAll("a")[chosen()]?.click() }
    })
    palette.addEventListener("click", (event) => { if (event.target === palette) palette.close() })
    palette.addEventListener("close", () => opener?.focus())
    palette.begin = (text) => { input.value = text; look(); input.focus(); input.select() }
    document.body.append(palette)
  }
  opener = document.activeElement
  palette.showModal()
  palette.begin(begin)
}

const shortcuts = [
  ["⌘ / Ctrl K", "Search or run a command"], ["/", "Search on this page"], ["?", "This list"],
  ["g h", "Home"], ["g o", "Orders"], ["g p", "Products"], ["g i", "Inventory"], ["g c", "Customers"], ["g r", "Returns"], ["g e", "Events"], ["g w", "Webhooks"], ["g j", "Jobs"], ["g k", "API keys"], ["g s", "Settings"],
  ["j  k", "Next, previous row"], ["x", "Tick the row"], ["↵", "Open the row"], ["c", "Capture"], ["f", "Fulfil"], ["r", "Refund"], ["h", "Hold"], ["n", "Write a note"], ["t", "Theme"], ["esc", "Close, go back"],
]
let help
const openHelp = () => {
  if (!help) {
    const keys = element("dl", { className: "keys" }, ...shortcuts.map(([key, does]) => element("div", {}, element("dt", {}, does), element("dd", {}, element("kbd", {}, key)))))
    const off = element("input", { type: "checkbox", checked: singles() })
    off.addEventListener("change", () => localStorage.setItem("sutler-keys", off.checked ? "on" : "off"))
    const close = element("button", { type: "button", className: "button primary", textContent: "Close" })
    close.addEventListener("click", () => help.close())
    help = element("dialog", {}, element("h1", { textContent: "Keyboard", id: "help-title" }), keys, element("label", { className: "tick" }, off, "Single letters act on this device"), element("div", { className: "sheet-actions" }, close))
    help.setAttribute("aria-labelledby", "help-title")
    help.addEventListener("close", () => opener?.focus())
    document.body.append(help)
  }
  opener = document.activeElement
  help.showModal()
}
document.querySelector("[data-help]")?.addEventListener("click", openHelp)
const singles = () => { try { return localStorage.getItem("sutler-keys") !== "off" } catch { return true } }

// Ticked rows are counted, and ticked all at once.
const boxes = () => [...document.querySelectorAll("input[form=bulk][type=checkbox]")]
const tally = () => {
  const told = document.querySelector("[data-count]")
  const count = boxes().filter((box) => box.checked).length
  if (told) told.textContent = count ? `${count} ticked` : "Nothing is ticked"
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked
  if (event.target.matches("[data-all], input[form=bulk]")) tally()
})

// A row that the keyboard is at.
const move = (by) => {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")]
  if (!rows.length) return
  const at = rows.findIndex((row) => row.dataset.here !== undefined)
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))
  for (const row of rows) delete row.dataset.here
  rows[to].dataset.here = ""
  rows[to].scrollIntoView({ block: "nearest" })
  rows[to].querySelector("a")?.focus({ preventScroll: true })
}

const places = { h: "/admin", o: "/admin/orders", p: "/admin/products", i: "/admin/inventory", c: "/admin/customers", r: "/admin/returns", e: "/admin/events", w: "/admin/webhooks", j: "/admin/jobs", k: "/admin/keys", s: "/admin/settings" }
let chord = false
document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") { event.preventDefault(); if (!palette?.open) openPalette(); return }
  if (event.metaKey || event.ctrlKey || event.altKey) return
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    const open = document.querySelector("details.pick[open]")
    const side = document.getElementById("side")
    if (open) { open.open = false; open.querySelector("summary").focus(); return }
    if (side?.hasAttribute("data-open")) { side.removeAttribute("data-open"); document.querySelector("[data-menu]")?.focus(); return }
  }
  if (event.target.closest?.("input, textarea, select, dialog, [contenteditable]") || !singles()) return
  if (chord) {
    chord = false
    if (places[event.key]) { event.preventDefault(); location.assign(places[event.key]) }
    return
  }
  const page = {
    g: () => { chord = true; setTimeout(() => { chord = false }, 1200) },
    "/": () => (document.querySelector("main input[type=search]") ?? document.querySelector("[data-palette]"))?.focus(),
    "?": openHelp,
    j: () => move(1), k: () => move(-1),
    x: () => { const box = document.querySelector("[data-here] input[form=bulk]"); if (box) { box.checked = !box.checked; tally() } },
    n: () => document.querySelector("[data-note]")?.focus(),
    t: () => { const now = document.documentElement.dataset.theme; document.querySelector(`.themes [value=${{ system: "light", light: "dark", dark: "system" }[now] ?? "light"}]`)?.click() },
    Escape: () => { const up = document.querySelector(".crumbs a"); if (up) location.assign(up.href) },
  }[event.key]
  if (page) { event.preventDefault(); page(); return }
  if (event.key.length === 1 && /[a-z]/.test(event.key)) {
    const link = document.querySelector(`a[data-key="${event.key}"]`)
    if (link) { event.preventDefault(); link.click() }
  }
})
