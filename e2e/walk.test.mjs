// A day's work: place, capture, fulfil, refund. By keyboard alone, and without scripts.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { open, visit } from "./shop.mjs"

let shop
let sku
before(async () => {
  shop = await open()
  const levels = (await shop.ask("GET", "/inventory?limit=200")).data
  sku = levels.find((level) => level.sku && level.available > 5).sku
})
after(() => shop?.close())

/// The order that a page shows, as REST has it.
const order = async (page) => shop.ask("GET", `/orders/${new URL(page.url()).pathname.split("/").at(-1)}`)

test("place, capture, fulfil, refund without scripts", async () => {
  const { context, page, complaints } = await visit(shop.browser, { javaScriptEnabled: false })
  await page.goto(`${shop.url}/admin/orders`)
  await page.getByRole("link", { name: "New order" }).click()

  // What is refused comes back with everything that was typed.
  await page.getByLabel("SKU 1").fill("NO-SUCH-SKU")
  await page.getByLabel("Quantity 1").fill("2")
  await page.getByLabel("E-mail").fill("ada@example.com")
  await page.getByLabel("Name", { exact: true }).fill("Ada <b>Lovelace</b>")
  await page.getByLabel("Gateway").selectOption("fake")
  await page.getByLabel("Token").fill("tok_auth_only")
  await page.getByLabel("Only authorize now").check()
  await page.getByRole("button", { name: "Place order" }).click()
  await page.getByText("Nothing was changed.").waitFor()
  assert.equal(await page.getByLabel("SKU 1").inputValue(), "NO-SUCH-SKU")
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Ada <b>Lovelace</b>")
  assert.equal(await page.getByLabel("SKU 1").getAttribute("aria-invalid"), "true")
  complaints.length = 0

  await page.getByLabel("SKU 1").fill(sku)
  await page.getByRole("button", { name: "Place order" }).click()
  await page.getByText("The order is placed.").waitFor()
  assert.equal((await order(page)).payment_status, "authorized")

  await page.getByRole("link", { name: "Capture" }).first().click()
  await page.getByRole("button", { name: /^Capture/ }).click()
  await page.getByText("The money is captured.").waitFor()

  await page.getByRole("link", { name: "Fulfil", exact: true }).click()
  await page.getByLabel("Carrier").fill("DHL")
  await page.getByRole("button", { name: "Fulfil" }).click()
  await page.getByText("It is on its way.").waitFor()

  await page.getByRole("link", { name: "Refund", exact: true }).click()
  await page.locator("[name^='items.']").first().fill("1")
  await page.getByRole("button", { name: "Refund" }).click()
  await page.getByText("The money went back.").waitFor()
  const done = await order(page)
  assert.deepEqual([done.payment_status, done.fulfillment_status], ["partially_refunded", "partially_returned"])
  assert.deepEqual(complaints, [])
  await context.close()
})

test("place, capture, fulfil, refund by keyboard alone", async () => {
  const { context, page, complaints } = await visit(shop.browser)
  await page.goto(`${shop.url}/admin`)
  await page.locator("live-dot[data-state=on]").waitFor()
  const type = (text) => page.keyboard.type(text)
  const press = (key) => page.keyboard.press(key)
  const focused = (selector) => page.waitForFunction((selector) => document.activeElement?.matches(selector), selector)

  // Through the palette to a new order.
  await press("Control+k")
  await focused("dialog.palette input")
  await type("new order")
  await page.locator("#palette-hits [aria-selected=true]", { hasText: "New order" }).waitFor()
  await Promise.all([page.waitForURL("**/orders/new"), press("Enter")])
  await page.locator("#f-sku-0").focus()
  await type(sku)
  await press("Tab")
  await type("2")
  for (const [field, text] of [["#f-email", "grace@example.com"], ["#f-token", "tok_auth_only"]]) {
    while (!(await page.evaluate((field) => document.activeElement?.matches(field), field))) await press("Tab")
    await type(text)
    if (field === "#f-email") continue
    await press("Shift+Tab")
    await type("fake")
    await press("Tab")
    await press("Tab")
    await press("Space")
  }
  await Promise.all([page.waitForURL(/\/orders\/ord_/), press("Enter")])
  await page.getByText("The order is placed.").waitFor()

  // Each letter opens its dialog, Enter sends it, Escape leaves it and gives the focus back.
  await press("c")
  await page.locator("dialog[open] form").waitFor()
  await press("Escape")
  await page.locator("dialog[open]").waitFor({ state: "detached" }).catch(() => {})
  for (const [key, told] of [["c", "The money is captured."], ["f", "It is on its way."]]) {
    await press(key)
    await page.locator("dialog[open] form").waitFor()
    await press("Enter")
    await page.getByText(told).waitFor()
  }
  await press("r")
  await page.locator("dialog[open] form").waitFor()
  await press("Control+a")
  await type("1")
  await page.locator("dialog[open] button", { hasText: /Refund .*\d/ }).waitFor()
  await press("Enter")
  await page.getByText("The money went back.").waitFor()
  const done = await order(page)
  assert.deepEqual([done.payment_status, done.fulfillment_status], ["partially_refunded", "partially_returned"])
  assert.deepEqual(complaints, [])
  await context.close()
})

test("prices of many products are seen before they are changed", async () => {
  const { context, page, complaints } = await visit(shop.browser)
  await page.goto(`${shop.url}/admin/products`)
  await page.getByLabel("Select all on this page").check()
  await page.getByText(/^\d+ ticked$/).waitFor()
  const before = (await shop.ask("GET", "/products?limit=100")).data
  await page.getByRole("button", { name: "Change prices" }).click()
  await page.getByLabel("Change", { exact: true }).fill("cheaper")
  await page.getByRole("button", { name: "Preview" }).click()
  await page.locator("#f-change-fault").getByText("'cheaper' is no change").waitFor()
  complaints.length = 0
  await page.getByLabel("Change", { exact: true }).fill("+1")
  await page.getByRole("button", { name: "Preview" }).click()
  await page.getByText("This is a preview").waitFor()
  await page.getByRole("button", { name: /^Make \d+ changes$/ }).click()
  await page.getByText("The changes are made").waitFor()
  const now = (await shop.ask("GET", "/products?limit=100")).data
  const amounts = (products) => Object.fromEntries(products.flatMap((product) => product.variants).map((variant) => [variant.variant_id, variant.price.amount]))
  const [was, is] = [amounts(before), amounts(now)]
  for (const id of Object.keys(was)) assert.equal(is[id], was[id] + 100, id)
  assert.deepEqual(complaints, [])
  await context.close()
})

test("what the list shows is saved as a view, moved and taken away", async () => {
  const { context, page, complaints } = await visit(shop.browser)
  for (const [name, query] of [["Failures", "payment=failed"], ["Everything paid", "payment=paid"]]) {
    await page.goto(`${shop.url}/admin/orders?${query}`)
    await page.getByRole("link", { name: "Save view" }).click()
    await page.getByLabel("Name", { exact: true }).fill(name)
    await page.getByRole("button", { name: "Save view" }).click()
    await page.locator(".tabs [aria-current=page]", { hasText: name }).waitFor()
  }
  const tabs = async () => (await page.locator(".tabs a").allTextContents()).slice(5)
  assert.deepEqual(await tabs(), ["Failures", "Everything paid"])
  assert.equal(await page.getByRole("link", { name: "Save view" }).count(), 0, "what has a tab is saved")
  await page.getByRole("link", { name: "Edit views" }).click()
  await page.getByRole("button", { name: "Earlier Everything paid" }).click()
  await page.getByRole("button", { name: "Later Everything paid" }).waitFor()
  await page.getByRole("button", { name: "Remove Failures" }).click()
  await page.getByText("It is deleted.").waitFor()
  await page.goto(`${shop.url}/admin/orders`)
  assert.deepEqual(await tabs(), ["Everything paid"])
  assert.deepEqual(complaints, [])
  await context.close()
})

test("an order appears in another browser as it is placed", async () => {
  const { context, page, complaints } = await visit(shop.browser)
  await page.goto(`${shop.url}/admin/orders`)
  await page.locator("live-dot[data-state=on]").waitFor()
  const rows = await page.locator("[data-rows] tbody tr").count()
  const placed = await shop.ask("POST", "/orders", { items: [{ sku, quantity: 1 }], payment: { token: "tok_auth_only", capture: "manual" } })
  // It does not push the list: a bar says that it is there.
  await page.getByText("1 new order – show").click()
  const row = page.locator(`#row-${placed.order_id}`)
  await row.getByText("Authorized").waitFor()
  assert.ok((await page.locator("[data-rows] tbody tr").count()) >= Math.min(rows + 1, 50))

  // A row that is shown changes in its place.
  const { payments } = await shop.ask("GET", `/orders/${placed.order_id}`)
  await page.locator("live-dot[data-state=on]").waitFor()
  await shop.ask("POST", `/payments/${payments[0]}/capture`, {})
  await row.getByText("Paid").waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})
