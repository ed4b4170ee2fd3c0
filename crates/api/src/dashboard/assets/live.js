// What happens, as it happens. One stream a tab says what changed; whatever shows that fetches itself anew.
import { say } from "./elements.js"

const dot = document.querySelector("live-dot")
const state = (on, words) => {
  if (!dot) return
  dot.dataset.state = on ? "on" : "off"
  dot.setAttribute("role", "img")
  dot.setAttribute("aria-label", words)
  dot.title = words
}

/// Groups of types by what an element asks for with `data-live`: an id, the first word of a type, or `*`.
const asks = (element, { type, subject }) => {
  const wanted = element.dataset.live
  return wanted === "*" || wanted === subject || wanted === type.split(".")[0] || (wanted === "inventory" && /^(order|reservation|fulfillment|refund)\./.test(type))
}

const waiting = new Map()
const refresh = (element) => {
  if (waiting.has(element)) return
  const every = Number(element.dataset.every ?? 400)
  const wait = Math.max(120, every - (performance.now() - (element.seen ?? -1e9)))
  waiting.set(element, setTimeout(async () => {
    waiting.delete(element)
    if (!element.isConnected) return
    // What somebody is working in is left alone, and fetched when they are done.
    if (element.querySelector("details[open].pick, details[open].as-table") || element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return void setTimeout(() => refresh(element), 2000)
    element.seen = performance.now()
    const from = element.dataset.from || location.pathname + location.search
    try {
      const answer = await fetch(from, { headers: { "HX-Request": "true" } })
      if (!answer.ok) return
      const text = await answer.text()
      const isRow = element.tagName === "TR"
      const holder = document.createElement("template")
      holder.innerHTML = isRow ? `<table><tbody>${text}</tbody></table>` : text
      const fresh = holder.content.getElementById(element.id)
      if (!fresh || fresh.innerHTML === element.innerHTML) return
      const id = element.id
      htmx.swap({ target: element, text: fresh.outerHTML, swap: "outerMorph", sourceElement: element })
      const now = document.getElementById(id)
      if (isRow && now) {
        now.classList.remove("fresh")
        requestAnimationFrame(() => now.classList.add("fresh"))
      }
    } catch { /* The stream says that we are offline, and comes back by itself. */ }
  }, wait))
}

// New rows never push a list that somebody reads.
let placed = 0
const news = (change) => {
  const list = document.querySelector("[data-new]")
  if (!list || list.dataset.new !== change.type) return
  placed += change.count
  const bar = list.querySelector(".news")
  if (!bar) return
  bar.hidden = false
  bar.querySelector("a").textContent = placed === 1 ? "1 new order – show" : `${placed} new orders – show`
}

const live = () => document.querySelectorAll("[data-live]")
let stream
let tries = 0
let times = 0
const open = () => {
  stream?.close()
  stream = new EventSource("/admin/live")
  stream.addEventListener("open", (event) => {
    if (event instanceof MessageEvent) return
    tries = 0
    state(true, "Live")
    // What happened meanwhile was told to nobody.
    if (times++) for (const element of live()) refresh(element)
  })
  stream.addEventListener("changes", (event) => {
    const { all, changes } = JSON.parse(event.data)
    for (const element of live()) if (all || changes.some((change) => asks(element, change))) refresh(element)
    changes.forEach(news)
  })
  stream.addEventListener("error", () => {
    state(false, "Live updates paused, connecting again")
    if (stream.readyState !== EventSource.CLOSED) return
    tries += 1
    setTimeout(open, Math.min(30_000, 1000 * 2 ** tries))
  })
}
const close = () => { stream?.close(); stream = undefined }

// A tab that nobody sees holds no stream; when it is seen again it is as things are.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return close()
  if (stream) return
  open()
})
addEventListener("pagehide", close)
state(false, "Connecting")
if (!document.hidden) open()
addEventListener("offline", () => { state(false, "Offline"); say("Offline. What you see is as it was.", "warning") })
