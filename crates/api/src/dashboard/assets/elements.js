// Elements of our own. Each begins with what the server wrote inside it.

export const say = (text, tone = "info", role = "status") => document.querySelector("toast-stack")?.say(text, tone, role)

/// An icon like those of the server, from the same sprite.
export const icon = (name) => {
  const sprite = new URL("icons.svg", import.meta.url).pathname
  const holder = document.createElement("template")
  holder.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${name}"/></svg>`
  return holder.content.firstChild
}

// "4 min ago", as time goes on: one clock for all of them.
const ages = new Set()
const units = [[86400, "d"], [3600, "h"], [60, "min"]]
const age = (at) => {
  const seconds = Math.round((Date.now() - at) / 1000)
  const [ahead, n] = [seconds < -5, Math.abs(seconds)]
  if (n < 45) return ahead ? `in ${n} s` : "just now"
  if (n > 2_592_000) return new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" })
  const [size, unit] = units.find(([size]) => n >= size) ?? [60, "min"]
  const text = `${Math.max(1, Math.floor(n / size))} ${unit}`
  return ahead ? `in ${text}` : `${text} ago`
}
customElements.define("time-ago", class extends HTMLElement {
  connectedCallback() { ages.add(this); this.tick() }
  disconnectedCallback() { ages.delete(this) }
  tick() {
    const time = this.querySelector("time")
    const at = Date.parse(time?.dateTime)
    if (Number.isNaN(at)) return
    time.title = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })
    const text = age(at)
    if (time.textContent !== text) time.textContent = text
  }
})
setInterval(() => { if (!document.hidden) for (const one of ages) one.tick() }, 15_000)

customElements.define("copy-id", class extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button")) return
    const button = document.createElement("button")
    button.type = "button"
    button.setAttribute("aria-label", `Copy ${this.getAttribute("value")}`)
    button.append(icon("copy"))
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.getAttribute("value"))
        button.replaceChildren(icon("check"))
        say("Copied")
        setTimeout(() => button.replaceChildren(icon("copy")), 1500)
      } catch {
        say("The browser does not let this page copy: select it instead.", "warning")
      }
    })
    this.append(button)
  }
})

// Words that come and go; those of a fault stay until somebody closes them.
customElements.define("toast-stack", class extends HTMLElement {
  connectedCallback() {
    for (const toast of this.querySelectorAll(".toast")) this.keep(toast)
    const here = new URL(location.href)
    // Said once: a reload or a bookmark does not say it again.
    if (here.searchParams.delete("done"), here.href !== location.href) history.replaceState(history.state, "", here)
  }
  say(text, tone, role) {
    const toast = document.createElement("div")
    toast.className = `toast ${tone}`
    toast.setAttribute("role", role)
    const words = document.createElement("span")
    words.textContent = text
    toast.append(icon(role === "alert" ? "circle-alert" : "circle-check"), words)
    this.append(toast)
    this.keep(toast)
  }
  keep(toast) {
    if (toast.getAttribute("role") === "alert") {
      const close = document.createElement("button")
      close.type = "button"
      close.className = "ghost icon-only"
      close.setAttribute("aria-label", "Close")
      close.append(icon("x"))
      close.addEventListener("click", () => toast.remove())
      toast.append(close)
      return
    }
    let left = setTimeout(() => toast.remove(), 6000)
    const wait = () => clearTimeout(left)
    const go = () => { left = setTimeout(() => toast.remove(), 3000) }
    toast.addEventListener("pointerenter", wait)
    toast.addEventListener("pointerleave", go)
  }
})

// JSON in colors; its text stays what it was.
customElements.define("json-view", class extends HTMLElement {
  connectedCallback() {
    const pre = this.querySelector("pre")
    if (!pre || pre.dataset.done !== undefined) return
    pre.dataset.done = ""
    const text = pre.textContent
    const parts = document.createDocumentFragment()
    let from = 0
    for (const match of text.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g)) {
      parts.append(text.slice(from, match.index))
      const part = document.createElement("span")
      part.className = match[2] ? "k" : match[1] ? "s" : "n"
      part.textContent = match[1] ?? match[0]
      parts.append(part, match[2] ?? "")
      from = match.index + match[0].length
    }
    parts.append(text.slice(from))
    pre.replaceChildren(parts)
  }
})

// A total that follows what is typed.
document.addEventListener("input", (event) => total(event.target.closest?.("form[data-total]")))
export const total = (form) => {
  const output = form?.querySelector(".sheet-total output")
  if (!output) return
  let minor = 0
  for (const input of form.querySelectorAll("[data-each]")) minor += (Number.parseInt(input.value, 10) || 0) * Number(input.dataset.each)
  const decimals = Number(form.dataset.decimals)
  output.textContent = new Intl.NumberFormat(undefined, { style: "currency", currency: form.dataset.total }).format(minor / 10 ** decimals)
  const button = form.querySelector(".sheet-actions button")
  const typed = form.elements.amount?.value.trim()
  if (button && !button.ariaBusy) button.textContent = minor > 0 && !typed ? `Refund ${output.textContent}` : "Refund"
}
for (const form of document.querySelectorAll("form[data-total]")) total(form)
