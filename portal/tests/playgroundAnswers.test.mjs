// The playground with models that do as they are told: everything that may come back instead of a plain answer, and everything that
// models do besides chatting.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { believeAll, isWithheld } from './rights.mjs'
import { shot } from './shot.mjs'
import { moveIn, stage } from './stage.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const SIMULATED = 'Cohere-command-r-08-2024'
const TIMEGEN = 'TimeGEN-1'
const RERANKER = 'Cohere-rerank-v3.5'

const { server, browser, administrator } = await stage()

before(async () => {
  await bind('azureml-cohere', SIMULATED, { kind: 'simulator', settings: { directives: true } })
  await bind('cupola', 'all-MiniLM-L6-v2', { kind: 'simulator' })
  await bind('azureml-nixtla', TIMEGEN, { kind: 'forecaster' })
  await subscribe('sim', `azureml://registries/azureml-cohere/models/${SIMULATED}`)
  await subscribe('future', `azureml://registries/azureml-nixtla/models/${TIMEGEN}`)
  await administrator.deploy('hello')
  await administrator.deploy('sim', `azureml://registries/azureml-cohere/models/${SIMULATED}`)
  await administrator.deploy('vectors', 'azureml://registries/cupola/models/all-MiniLM-L6-v2')
  await administrator.deploy('future', `azureml://registries/azureml-nixtla/models/${TIMEGEN}`)
  await moveIn(browser, server)
})

function bind(registry, model, properties) {
  return administrator.send('PUT', `/providers/Cupola.Catalog/registries/${registry}/bindings/${model}`, { properties })
}

async function subscribe(name, modelId) {
  const path = `${administrator.project}/marketplaceSubscriptions/${name}`
  await administrator.send('PUT', path, { properties: { modelId } })
  for (;;) {
    const { properties } = await administrator.send('GET', path)
    if (properties.provisioningState === 'Succeeded') return
    assert.notEqual(properties.provisioningState, 'Failed')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function signedIn(path) {
  const page = await open(browser, server)
  await page.goto(path)
  await signIn(page)
  await page.getByRole('heading', { name: 'Playground', level: 1 }).waitFor()
  return page
}

async function ask(page, prompt) {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** The last article, once its answers have this state. */
async function answered(page, state = 'done', count = 1) {
  const article = page.getByRole('article').last()
  await article
    .locator(`[data-answer=${state}]`)
    .nth(count - 1)
    .waitFor()
  return article
}

test('an answer is drawn as it was meant, and nothing in it acts', async () => {
  const page = await signedIn('/portal/playground?endpoint=sim')
  const text = [
    '# Steps\n\n1. **Bold** and `code`\n2. [a link](https://example.com/a) and [a trap](javascript:alert(1))\n',
    '| a | b |\n|---|---|\n| one | two |\n',
    '```python\nprint("hi")\n```\n',
    '<img src=x onerror="document.title=1"> ![p](https://example.com/p.png)',
  ].join('\n')
  await ask(page, `[[simulate: text=${JSON.stringify(text)}]]`)
  const article = await answered(page)
  await article.getByRole('heading', { name: 'Steps' }).waitFor()
  assert.equal(await article.locator('strong').textContent(), 'Bold')
  assert.deepEqual(await article.getByRole('cell').allTextContents(), ['one', 'two'])
  assert.equal(await article.locator('pre').last().textContent(), 'print("hi")')
  await article.getByRole('button', { name: 'Copy this code' }).waitFor()
  const links = await article.getByRole('link').evaluateAll(all => all.map(one => one.href))
  assert.deepEqual(links, ['https://example.com/a', 'https://example.com/p.png'])
  assert.equal(await article.locator('img').count(), 0)
  await isAccessible(page, 'an answer in Markdown')
  await shot(page, 'playground-markdown')
  assert.deepEqual(page.faults, [], 'nothing was fetched and nothing ran')
  await leave(page)
})

test('a long answer is stopped, and what came of it stays', async () => {
  const page = await signedIn('/portal/playground?endpoint=sim')
  await ask(page, '[[simulate: tokens=5000 inter_token_ms=40]]')
  await answered(page, 'streaming')
  await page.waitForTimeout(400)
  await page.getByRole('button', { name: 'Stop' }).click()
  const article = await answered(page, 'stopped')
  const text = await article.textContent()
  assert.match(text, /stopped; charged for what came/)
  assert.ok((await article.locator('p').first().textContent()).length > 10, text)
  await page.getByRole('button', { name: 'Send' }).waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('filters, limits and broken streams say what happened', async () => {
  const page = await signedIn('/portal/playground?endpoint=sim')
  await ask(page, 'I will kill you tonight')
  let article = await answered(page, 'failed')
  await article.getByText('The content filter stopped the prompt').waitFor()
  await article.getByText('violence: medium, blocked').waitFor()
  await article.getByText('hate: safe').waitFor()
  await isAccessible(page, 'a filtered prompt')
  await shot(page, 'playground-filtered')

  await ask(page, '[[simulate: content_filter=completion]]')
  article = await answered(page)
  await article.getByText('The content filter ended the answer here.').waitFor()

  await ask(page, '[[simulate: break_after=5 inter_token_ms=20]]')
  article = await answered(page, 'failed')
  await article.getByRole('alert').waitFor()
  assert.match(await article.getByRole('alert').textContent(), /broke|ended|failed/i)

  // One request in a minute, and the second one is told how long to wait.
  await administrator.send('PUT', `${administrator.project}/serverlessEndpoints/tight`, {
    location: 'eastus2',
    properties: {
      modelSettings: { modelId: 'azureml://registries/cupola/models/tiny-chat' },
      rateLimits: { requestsPerMinute: 1 },
    },
  })
  const choices = page.getByRole('combobox', { name: 'Model' })
  await page.waitForFunction(
    () => {
      const all = [...document.querySelectorAll('option')].map(one => one.textContent)
      return all.some(text => text?.startsWith('tight') && !text.includes('–'))
    },
    undefined,
    { timeout: 40_000 },
  )
  await choices.selectOption({ label: 'tight (Tiny Chat)' })
  // A minute may end between two requests, and not twice in a row.
  for (let tries = 0; tries < 3; tries++) {
    await ask(page, 'Hello')
    article = page.getByRole('article').last()
    await article.locator('[data-answer=done], [data-answer=failed]').waitFor()
    if ((await article.locator('[data-answer=failed]').count()) > 0) break
  }
  await article.getByText('Too many requests').waitFor()
  assert.match(await article.getByRole('timer').textContent(), /It can be asked again in [1-6]?\d s\./)
  const before = Number(/\d+/.exec(await article.getByRole('timer').textContent())[0])
  await page.waitForFunction(was => {
    const now = /in (\d+) s/.exec(document.querySelector('[role=timer]')?.textContent ?? '')
    return now === null || Number(now[1]) < was
  }, before)
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a model calls a tool, and goes on with what the tool said', async () => {
  const page = await signedIn('/portal/playground?endpoint=sim')
  await page.getByRole('button', { name: 'Format and tools' }).click()
  const tools = page.getByRole('textbox', { name: 'Tools, as JSON' })
  await tools.fill('[{')
  await page.getByText('This is no JSON').waitFor()
  const tool = {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  }
  await tools.fill(JSON.stringify([tool]))
  await ask(page, 'How is the weather? [[simulate: tool=get_weather]]')
  const article = await answered(page)
  await article.getByText('calls get_weather').waitFor()
  await article.getByRole('textbox', { name: 'What get_weather says' }).fill('sunny')
  const sending = page.waitForRequest('**/chat/completions')
  await article.getByRole('button', { name: 'Give these results' }).click()
  const { messages } = (await sending).postDataJSON()
  assert.deepEqual(
    messages.map(message => message.role),
    ['user', 'assistant', 'tool'],
  )
  assert.equal(messages[2].content, 'sunny')
  assert.equal(messages[2].tool_call_id, messages[1].tool_calls[0].id)
  await page.getByRole('article', { name: 'Results of tools' }).locator('[data-answer=done]').waitFor()
  await isAccessible(page, 'calls of tools')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('two models answer one prompt side by side', async () => {
  const page = await signedIn('/portal/playground?endpoint=hello')
  await page.getByRole('button', { name: 'Compare two' }).click()
  await page
    .getByRole('combobox', { name: 'Right' })
    .selectOption({ label: 'sim (Cohere Command R 08-2024)' })
    .catch(async () => {
      throw new Error(
        (await page.getByRole('combobox', { name: 'Right' }).locator('option').allTextContents()).join('; '),
      )
    })
  await ask(page, 'What is Cupola?')
  const article = await answered(page, 'done', 2)
  const sides = await article.locator('[data-answer]').allTextContents()
  assert.equal(sides.length, 2)
  assert.match(sides[0], /^hello.*self-hosted/s)
  assert.match(sides[1], /^sim/)
  const asked = page.asked.filter(one => one.includes('/chat/completions'))
  assert.equal(asked.filter(one => one.includes('/hello/')).length, 1)
  assert.equal(asked.filter(one => one.includes('/sim/')).length, 1)
  await isAccessible(page, 'two side by side')
  await shot(page, 'playground-compare')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('texts are gone on with', async () => {
  const page = await signedIn('/portal/playground/completions?endpoint=hello')
  await page.getByRole('textbox', { name: 'Text to go on with' }).fill('Cupola is')
  await page.getByRole('textbox', { name: 'Max tokens' }).fill('12')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByText(/\+ 12 tokens/).waitFor()
  assert.ok((await page.locator('[data-added]').textContent()).length > 10)
  await isAccessible(page, 'completions')
  await shot(page, 'playground-completions')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('texts are compared by their vectors', async () => {
  // From the page of an endpoint one comes to what its model does.
  const page = await signedIn('/portal/playground?endpoint=vectors')
  await page.waitForURL('**/playground/embeddings?*')
  await page.getByRole('textbox', { name: 'Texts, one in each line' }).fill('a red fox\na red fox\nsomething else')
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByText('Most alike are 1 and 2, with a cosine of 1.00.').waitFor()
  const cells = await page.getByRole('table', { name: 'How alike the texts are' }).getByRole('cell').allTextContents()
  const numbers = cells.filter(cell => cell !== '').map(Number)
  assert.equal(numbers.length, 9)
  // The same text has the same vector; the table is the same both ways, and another text is not the same.
  assert.deepEqual([numbers[0], numbers[4], numbers[8], numbers[1]], [1, 1, 1, 1])
  assert.equal(numbers[2], numbers[6])
  assert.ok(numbers[2] < 0.9, cells.join(' '))
  await isAccessible(page, 'embeddings')
  await shot(page, 'playground-embeddings')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a series is forecast, with bands around what comes next', async () => {
  const page = await signedIn('/portal/playground/forecast')
  await page.getByText('84 values').waitFor()
  const sending = page.waitForRequest('**/future/forecast')
  const answering = page.waitForResponse('**/future/forecast')
  await page.getByRole('button', { name: 'Forecast', exact: true }).click()
  const sent = (await sending).postDataJSON()
  assert.deepEqual([sent.fh, sent.freq, sent.level, Object.keys(sent.y).length], [14, 'D', [80, 95], 84])
  const { data } = await (await answering).json()
  await page.locator('.uplot canvas').waitFor()
  await page.getByText(/84 \+ 70 tokens/).waitFor()
  await page.waitForTimeout(300)
  await isAccessible(page, 'a forecast')
  await shot(page, 'playground-forecast')
  // The numbers of the plot are the numbers of the answer.
  await page.getByRole('button', { name: 'The same as a table' }).click()
  const filter = page.getByRole('columnheader', { name: /95% up to/ })
  await filter.waitFor()
  // The latest first.
  const time = page.getByRole('columnheader', { name: 'Time' })
  await time.getByRole('button').click()
  if ((await time.getAttribute('aria-sort')) !== 'descending') await time.getByRole('button').click()
  const shown = (await page.getByRole('table').first().textContent()).replaceAll(',', '')
  const last = Number(data.value.at(-1).toPrecision(5))
  assert.ok(shown.includes(String(last)), `${last} in ${shown.slice(0, 600)}`)

  await page.getByRole('textbox', { name: /Series/ }).fill('2026-01-01,1\n2026-01-02,x\n2026-01-03,2')
  await page.getByText("Line 2: 'x' is no number.").waitFor()
  const form = page.getByRole('region', { name: 'What is asked' })
  assert.equal(await form.getByRole('button', { name: 'Forecast', exact: true }).isDisabled(), true)
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('nobody else is asked in the place of an endpoint that has no page here', async () => {
  await bind('azureml-cohere', RERANKER, { kind: 'simulator' })
  await subscribe('ranks', `azureml://registries/azureml-cohere/models/${RERANKER}`)
  await administrator.deploy('ranks', `azureml://registries/azureml-cohere/models/${RERANKER}`)
  const page = await signedIn('/portal/playground?endpoint=ranks')
  await page.getByText('The playground has no page for ranks').waitFor()
  assert.equal(await page.getByLabel('Prompt', { exact: true }).count(), 0)
  assert.equal(await page.getByRole('button', { name: 'View code' }).count(), 0)
  await isAccessible(page, 'an endpoint without a page')
  await page.getByRole('link', { name: 'Ask it from code' }).click()
  await page.getByRole('heading', { name: 'ranks', level: 1 }).waitFor()
  await page.getByText('/v2/rerank').first().waitFor()
  // The page of the endpoint leads there at once.
  await page.getByRole('tab', { name: 'Overview' }).click()
  assert.equal(await page.getByRole('link', { name: 'Try it' }).count(), 0)
  await page.getByRole('link', { name: 'Ask it from code' }).click()
  await page.getByText('/v2/rerank').first().waitFor()

  await page.goto('/portal/playground?endpoint=nothing')
  await page.getByText('There is no endpoint nothing in this project').waitFor()
  assert.equal(await page.getByLabel('Prompt', { exact: true }).count(), 0)
  await page.getByRole('link', { name: 'Choose another model' }).click()
  await page.getByLabel('Prompt', { exact: true }).waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('accounts and endpoints that take tokens are asked without their keys, and a reader is told what is missing', async () => {
  await administrator.send('PUT', `${administrator.project}/serverlessEndpoints/tokens`, {
    location: 'eastus2',
    properties: { authMode: 'AAD', modelSettings: { modelId: 'azureml://registries/cupola/models/tiny-chat' } },
  })
  const account = `${administrator.group}/providers/Microsoft.CognitiveServices/accounts/lab`
  await administrator.send('PUT', account, {
    location: 'eastus2',
    kind: 'AIServices',
    sku: { name: 'S0' },
    properties: {},
  })
  await administrator.send('PUT', `${account}/deployments/chat`, {
    sku: { name: 'GlobalStandard', capacity: 10 },
    properties: { model: { format: 'Cupola', name: 'tiny-chat', version: '1' } },
  })
  const page = await signedIn('/portal/playground?endpoint=tokens')
  await page.getByText('with your token').waitFor()
  await page.waitForFunction(
    () => {
      const all = [...document.querySelectorAll('option')].map(one => one.textContent)
      return all.some(text => text?.startsWith('tokens') && !text.includes('–'))
    },
    undefined,
    { timeout: 40_000 },
  )
  await ask(page, 'What is Cupola?')
  await answered(page)
  assert.equal(page.asked.filter(one => /tokens\/listKeys/.test(one)).length, 0)
  await page.getByRole('combobox', { name: 'Model' }).selectOption({ label: 'lab / chat (Tiny Chat)' })
  // The account's keys and models are asked for below the same name.
  const sending = page.waitForRequest(
    one => one.url().includes('/accounts/lab/') && one.postData()?.includes('messages') === true,
  )
  await ask(page, 'What is Cupola?')
  assert.equal((await sending).postDataJSON().model, 'chat')
  const article = await answered(page)
  assert.match(await article.textContent(), /lab \/ chat.*self-hosted/s)
  assert.deepEqual(page.faults, [])
  await leave(page)

  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.project }])
  const readers = await open(browser, server)
  await acceptInvitation(readers, server, REA, token)
  await readers.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Playground' }).click()
  await readers.getByRole('combobox', { name: 'Model' }).selectOption({ label: 'hello (Tiny Chat)' })
  const endpoints = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints'
  const send = readers.getByRole('button', { name: 'Send' })
  await readers.getByLabel('Prompt', { exact: true }).fill('What is Cupola?')
  await isWithheld(readers, send, `${endpoints}/listKeys/action`)
  await readers.getByText('You may not ask this model').waitFor()
  await readers.getByLabel('Prompt', { exact: true }).press('Enter')
  assert.equal(await readers.getByRole('article').count(), 0, 'nothing is sent')
  await isAccessible(readers, 'a model that a reader may not ask')
  await readers.getByRole('tab', { name: 'Completions' }).click()
  await readers.getByLabel('Text to go on with').fill('Cupola is')
  await isWithheld(readers, readers.getByRole('button', { name: 'Go on' }), `${endpoints}/listKeys/action`)
  await readers.getByRole('tab', { name: 'Embeddings' }).click()
  await isWithheld(readers, readers.getByRole('button', { name: 'Compare' }), `${endpoints}/listKeys/action`)
  await readers.getByRole('tab', { name: 'Forecast' }).click()
  await isWithheld(readers, readers.getByRole('button', { name: 'Forecast' }), `${endpoints}/listKeys/action`)
  assert.ok(!readers.asked.some(one => one.includes('/listKeys')), 'no refusal in their name')

  // A page that does not know it yet is told by the server.
  await believeAll(readers)
  await readers.reload()
  await readers.getByRole('tab', { name: 'Chat' }).click()
  await readers.getByRole('combobox', { name: 'Model' }).selectOption({ label: 'hello (Tiny Chat)' })
  await ask(readers, 'What is Cupola?')
  await readers.getByText('You may not do this').waitFor()
  await readers.getByText(`${endpoints}/listKeys/action`).waitFor()
  await shot(readers, 'playground-forbidden')
  await readers.getByRole('combobox', { name: 'Model' }).selectOption({ label: 'tokens (Tiny Chat)' })
  await ask(readers, 'What is Cupola?')
  const refused = await answered(readers, 'failed')
  assert.match(await refused.getByRole('alert').textContent(), /score\/action/)
  await isAccessible(readers, 'a refusal')
  assert.deepEqual(readers.faults, [])
  await leave(readers)
})
