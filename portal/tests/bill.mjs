// A bill for stories: answers to cost queries in the shapes of docs/usage.md, added up from records that the story knows.

/** One record: where, when, by which model and key, and what of each meter. */
export function record(endpoint, day, meters, more = {}) {
  return { endpoint, day, hour: 9, model: 'tiny-chat', key: 'primary', currency: 'USD', meters, ...more }
}

const PRICES = { prompt_tokens: 0.001, cached_prompt_tokens: 0.001, completion_tokens: 0.004, requests: 0 }

/** The answer to a query, as the service gives it. */
export function answerOf(records, project, body) {
  const { granularity, grouping, filter } = body.dataset
  const [from, to] = [Date.parse(body.timePeriod.from), Date.parse(body.timePeriod.to)]
  const cells = new Map()
  for (const one of records) {
    const at = Date.parse(`${one.day}T${String(one.hour).padStart(2, '0')}:00:00Z`)
    if (at < from || at > to) continue
    for (const [meter, quantity] of Object.entries(one.meters)) {
      const facets = facetsOf(one, meter, project)
      if (!passes(filter, facets)) continue
      const time = granularity === 'Daily' ? [Number(one.day.replaceAll('-', ''))] : []
      if (granularity === 'Hourly') time.push(new Date(at).toISOString().replace('.000', ''))
      const row = [...time, ...grouping.map(group => facets[group.name]), one.currency]
      const cell = cells.get(JSON.stringify(row)) ?? { row, cost: 0, quantity: 0 }
      cell.cost += quantity * (PRICES[meter] ?? 0)
      cell.quantity += quantity
      cells.set(JSON.stringify(row), cell)
    }
  }
  const columns = [
    { name: 'Cost', type: 'Number' },
    { name: 'UsageQuantity', type: 'Number' },
    ...(granularity === 'Daily' ? [{ name: 'UsageDate', type: 'Number' }] : []),
    ...(granularity === 'Hourly' ? [{ name: 'UsageTime', type: 'Datetime' }] : []),
    ...grouping.map(group => ({ name: group.name, type: 'String' })),
    { name: 'Currency', type: 'String' },
  ]
  const rows = [...cells.values()].map(({ row, cost, quantity }) => [Number(cost.toFixed(12)), quantity, ...row])
  return { id: 'q', name: 'q', type: 'Microsoft.CostManagement/query', properties: { nextLink: null, columns, rows } }
}

function facetsOf(one, meter, project) {
  return {
    ResourceId: `${project}/serverlessEndpoints/${one.endpoint}`,
    ResourceGroupName: 'cupola',
    Workspace: project.split('/').at(-1),
    Endpoint: one.endpoint,
    Model: one.model,
    Operation: 'chat',
    Key: one.key,
    Principal: one.key ? '' : 'someone',
    Meter: meter,
  }
}

function passes(filter, facets) {
  if (!filter) return true
  if (filter.and) return filter.and.every(part => passes(part, facets))
  return filter.dimensions.values.includes(facets[filter.dimensions.name])
}

/** Answers cost queries of a page. A browser's debugger does not show the body of a request that was copied, so the page's own
 * `fetch` is asked; `answer` gets path, accepted type and body, and gives status, type and text. */
export async function answerCosts(page, answer) {
  await page.exposeFunction('answerOfStory', (path, accept, text) => answer(path, accept, JSON.parse(text)))
  await page.addInitScript(() => {
    const original = window.fetch
    window.fetch = async (asked, options) => {
      const isQuery = asked instanceof Request && asked.url.includes('/providers/Microsoft.CostManagement/query')
      if (!isQuery) return original(asked, options)
      const text = await asked.clone().text()
      const answer = await window.answerOfStory(new URL(asked.url).pathname, asked.headers.get('accept'), text)
      return new Response(answer.text, { status: answer.status, headers: { 'content-type': answer.type } })
    }
  })
}
