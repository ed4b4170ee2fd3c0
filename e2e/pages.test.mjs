// Every page, light and dark, at three widths: nothing that axe finds, no word in the console, no report of the policy.
import assert from "node:assert/strict"
import { mkdir, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import path from "node:path"
import { after, before, test } from "node:test"
import { open, visit } from "./shop.mjs"

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const shots = process.env.SUTLER_SHOTS
const widths = [[1440, 900], [1024, 768], [390, 844]]
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
let shop
let pages

before(async () => {
  shop = await open()
  const orders = (await shop.ask("GET", "/orders?limit=60")).data
  const find = (fits) => orders.find(fits)?.order_id
  const [product] = (await shop.ask("GET", "/products?limit=1")).data
  const [level] = (await shop.ask("GET", "/inventory?limit=1")).data
  const [event] = (await shop.ask("GET", "/events?limit=1")).data
  const endpoint = await shop.ask("POST", "/webhook_endpoints", { url: "http://127.0.0.1:9/hooks", types: ["*"], description: "Nobody is there" })
  await shop.ask("POST", `/webhook_endpoints/${endpoint.webhook_endpoint_id}/test`)
  const delivery = await wait(async () => (await shop.ask("GET", "/webhook_deliveries?limit=1")).data[0])
  const [job] = (await shop.ask("GET", "/jobs?limit=1")).data
  const [customer] = (await shop.ask("GET", "/customers?limit=1")).data
  const shipped = find((order) => order.fulfillment_status === "shipped" || order.fulfillment_status === "delivered")
  const back = await shop.ask("POST", `/orders/${shipped}/returns`, {})
  const key = await shop.ask("POST", "/api_keys", { name: "till", scopes: ["orders:read"] })
  const user = await shop.ask("POST", "/users", { email: "grace@example.com", name: "Grace Hopper", role: "support" })
  const paid = find((order) => order.payment_status === "paid" && order.fulfillment_status === "unfulfilled")
  pages = {
    home: "/admin",
    orders: "/admin/orders",
    "orders-none": "/admin/orders?status=expired&payment=refunded",
    "orders-unread": "/admin/orders?q=colour:red",
    views: "/admin/orders/views",
    "view-new": "/admin/orders/views/new?payment=paid",
    order: `/admin/orders/${paid}`,
    "order-failed": `/admin/orders/${find((order) => order.payment_status === "failed")}`,
    "order-then": `/admin/orders/${paid}?version=2`,
    "order-new": "/admin/orders/new",
    refund: `/admin/orders/${paid}/refund`,
    fulfill: `/admin/orders/${paid}/fulfill`,
    cancel: `/admin/orders/${paid}/cancel`,
    products: "/admin/products",
    product: `/admin/products/${product.product_id}`,
    inventory: "/admin/inventory",
    low: "/admin/inventory?low=1",
    adjust: `/admin/inventory/${level.variant_id}/${level.location_id}`,
    journal: "/admin/inventory/journal",
    events: "/admin/events",
    event: `/admin/events/${event.id}`,
    webhooks: "/admin/webhooks",
    webhook: `/admin/webhooks/${endpoint.webhook_endpoint_id}`,
    "webhook-new": "/admin/webhooks/new",
    delivery: `/admin/deliveries/${delivery.webhook_delivery_id}`,
    jobs: "/admin/jobs",
    customers: "/admin/customers",
    customer: `/admin/customers/${customer.customer_id}`,
    "customer-new": "/admin/customers/new",
    erase: `/admin/customers/${customer.customer_id}/erase`,
    returns: "/admin/returns",
    return: `/admin/returns/${back.return_id}`,
    approve: `/admin/returns/${back.return_id}/approve`,
    "return-new": `/admin/orders/${shipped}/return`,
    keys: "/admin/keys",
    "key-new": "/admin/keys/new",
    roll: `/admin/keys/${key.key_id}/roll`,
    settings: "/admin/settings",
    users: "/admin/users",
    user: `/admin/users/${user.user_id}/edit`,
    audit: "/admin/audit",
    account: "/admin/account",
    job: `/admin/jobs/${job.job_id}`,
    search: "/admin/search?all=1&q=or",
    missing: "/admin/orders/999999",
    kit: "/admin/_kit",
  }
  await save("Paid, to be sent", "payment=paid&fulfillment=unfulfilled")
  await save("Failures", "payment=failed")
  if (shots) await mkdir(shots, { recursive: true })
})
after(() => shop?.close())

/// Save a view of the orders, as a person does it.
const save = async (name, query) => {
  const { context, page } = await visit(shop.browser)
  await page.goto(`${shop.url}/admin/orders/views/new?${query}`)
  await page.getByLabel("Name", { exact: true }).fill(name)
  await page.getByRole("button", { name: "Save view" }).click()
  await page.locator(".tabs [aria-current=page]", { hasText: name }).waitFor()
  await context.close()
}

const wait = async (look) => {
  for (;;) {
    const found = await look()
    if (found) return found
    await new Promise((go) => setTimeout(go, 50))
  }
}

for (const theme of ["light", "dark"]) {
  for (const [width, height] of widths) {
    test(`every page, ${theme}, ${width} px`, async () => {
      const { context, page, complaints } = await visit(shop.browser, { viewport: { width, height } })
      await context.addCookies([{ name: "sutler_theme", value: theme, url: `${shop.url}/admin` }])
      await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)))
      const found = []
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(shop.url + address, { waitUntil: "load" })
        await page.evaluate(axe)
        const { violations } = await page.evaluate((tags) => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), tags)
        for (const { id, nodes } of violations) found.push(`${name}: ${id}: ${nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (wide > 0) found.push(`${name}: ${wide} px wider than the window`)
        // A page that is not there is told with its status, which a browser notes as an error.
        for (const complaint of complaints.splice(0)) if (name !== "missing" || !/404/.test(complaint)) found.push(`${name}: ${complaint}`)
        if (shots) await page.screenshot({ path: path.join(shots, `${name}-${theme}-${width}.png`) })
      }
      await context.close()
      assert.deepEqual(found, [])
    })
  }
}

test("the first page is light", async () => {
  const { context, page } = await visit(shop.browser)
  const client = await context.newCDPSession(page)
  await client.send("Network.enable")
  let bytes = 0
  let requests = 0
  client.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength })
  client.on("Network.requestWillBeSent", () => { requests += 1 })
  await page.goto(`${shop.url}/admin`, { waitUntil: "load" })
  await page.locator("live-dot[data-state=on]").waitFor()
  await context.close()
  assert.ok(bytes <= 130 * 1024, `${bytes} bytes`)
  assert.ok(requests <= 12, `${requests} requests`)
})

test("the policy leaves no way for a script of strangers", async () => {
  const answer = await fetch(`${shop.url}/admin`)
  const policy = answer.headers.get("content-security-policy")
  assert.match(policy, /default-src 'self'/)
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/)
})
