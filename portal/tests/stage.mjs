// What every story stands on: a server with nothing in it, a browser, and the administrator's program.
import { after } from 'node:test'
import { Administrator } from './api.mjs'
import { launch, leave, open } from './browser.mjs'
import { acceptInvitation } from './people.mjs'
import { Server } from './server.mjs'

/** Makes them for the stories of a file, and takes them away after the last one. */
export async function stage() {
  const server = await Server.start()
  try {
    const browser = await launch()
    after(async () => {
      await browser.close()
      await server.remove()
    })
    return { server, browser, administrator: await Administrator.of(server) }
  } catch (error) {
    await server.remove()
    throw error
  }
}

/** The first administrator has chosen a password, and nobody is signed in. */
export async function moveIn(browser, server) {
  const page = await open(browser, server)
  await acceptInvitation(page, server)
  await leave(page)
}
