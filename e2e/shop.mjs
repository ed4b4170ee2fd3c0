// A shop of its own for each file of tests: a fresh folder, a free port, the sample, and a browser.
import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { chromium } from "playwright-core"

const program = process.env.SUTLER_BIN ?? "sutler"
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

/// Start the shop; `close` ends it and its browser.
export const open = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "sutler-e2e-"))
  const env = { PATH: process.env.PATH, HOME: folder, CI: "1", SUTLER_NO_HINTS: "1" }
  const server = spawn(program, ["dev", "--port", "0"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] })
  let said = ""
  await new Promise((ready, failed) => {
    server.stdout.on("data", (text) => { said += text; if (said.includes("Ready in")) ready() })
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)))
    server.on("error", failed)
  })
  const { url } = JSON.parse(await readFile(path.join(folder, "sutler-data", "server.json"), "utf8"))
  const browser = await chromium.launch({ executablePath: process.env.SUTLER_CHROMIUM ?? "/usr/bin/chromium", args: flags })
  const close = async () => {
    await browser.close()
    const gone = new Promise((done) => server.once("exit", done))
    server.kill("SIGTERM")
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  return { url, browser, close, ask: (method, at, body) => ask(url, method, at, body) }
}

/// Ask the REST door, as the developer on the same machine.
const ask = async (url, method, at, body) => {
  const answer = await fetch(url + at, { method, headers: { authorization: "Bearer sk_dev_sutler", "content-type": "application/json" }, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/// A page that notes whatever a browser complains about.
export const visit = async (browser, options = {}) => {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options })
  const page = await context.newPage()
  const complaints = []
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()) })
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("requestfailed", (request) => {
    // A stream and what a page left behind end with the page.
    if (!/ERR_ABORTED/.test(request.failure()?.errorText ?? "")) complaints.push(`${request.url()}: ${request.failure()?.errorText}`)
  })
  return { context, page, complaints }
}
