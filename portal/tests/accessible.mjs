// What axe finds. Serious and critical faults keep somebody out; they fail the story.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const AXE = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

// The components' sentries, which pass the focus on as soon as they get it, look like faults and are none.

/** Fails where the page, as it is now, keeps somebody out. */
export async function isAccessible(page, where) {
  // By the debugger's own way in, which the page's policy does not concern.
  await page.evaluate(AXE)
  const found = await page.evaluate(async () => {
    // A button that was just switched on has a colour between two until its transition has ended.
    const ending = document.getAnimations().filter(one => Number.isFinite(one.effect?.getComputedTiming().endTime))
    await Promise.allSettled(ending.map(one => one.finished))
    const { violations } = await window.axe.run(
      { exclude: [['[data-tabster-dummy]']] },
      { resultTypes: ['violations'] },
    )
    return violations
      .filter(one => one.impact === 'serious' || one.impact === 'critical')
      .map(one => `${one.id}: ${one.help}\n    ${one.nodes.map(node => node.html.slice(0, 160)).join('\n    ')}`)
  })
  assert.deepEqual(found, [], `${where} is not accessible:\n${found.join('\n')}`)
}
