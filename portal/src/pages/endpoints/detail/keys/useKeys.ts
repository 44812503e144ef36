import { useEffect, useState } from 'react'
import { api, ask, type Schemas } from '../../../../api/client'
import { ENDPOINT, type Place } from '../place'

export type Keys = Schemas['EndpointKeys']

// Whoever goes away from the table leaves no key in the page for long.
const FORGOTTEN_AFTER_MS = 5 * 60_000

/** Both keys, once somebody wants to see or copy one: they are asked for then, and forgotten after a while. */
export function useKeys(place: Place) {
  const [keys, setKeys] = useState<Keys>()
  useEffect(() => {
    if (!keys) return
    const timer = setTimeout(() => setKeys(undefined), FORGOTTEN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [keys])

  async function read(): Promise<Keys> {
    if (keys) return keys
    const found = await ask(api.POST(`${ENDPOINT}/listKeys`, { params: { path: place } }))
    setKeys(found)
    return found
  }

  async function regenerate(keyType: 'Primary' | 'Secondary'): Promise<void> {
    const fresh = await ask(api.POST(`${ENDPOINT}/regenerateKeys`, { params: { path: place }, body: { keyType } }))
    setKeys(fresh)
  }

  return { keys, read, regenerate, forget: () => setKeys(undefined) }
}
