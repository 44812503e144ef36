import { useEffect } from 'react'
import { useLocation } from 'react-router'
import { useKept } from '../../components/useKept'
import type { Wanted } from './send'
import { newName } from './template'

/** What is being written and is not deployed yet. */
export interface Draft {
  text: string
  /** What was typed for the parameters. Secrets are among it, so it is in memory alone. */
  texts: Readonly<Record<string, string>>
  name: string
  mode: Wanted['mode']
  region: string | undefined
  /** What another page handed over, and the visit that it came with: that visit hands it over once. */
  given: { text: string; visit: string } | undefined
}

function anew(): Draft {
  return { text: '', texts: {}, name: newName(new Date()), mode: 'Incremental', region: undefined, given: undefined }
}

/** The draft of a deployment, which is still there after another page; `forget` begins another one. */
export function useDraft() {
  const { key, state } = useLocation()
  const [kept, keep] = useKept('templates.draft', anew)
  const handed = (state as { template?: string } | null)?.template
  const isHanded = handed !== undefined && kept.given?.visit !== key

  useEffect(() => {
    if (isHanded) keep({ ...anew(), text: handed, given: { text: handed, visit: key } })
  }, [isHanded, handed, key, keep])

  const change = (what: Partial<Draft>) => keep(old => ({ ...old, ...what }))
  const type = (texts: Draft['texts']) => keep(old => ({ ...old, texts: { ...old.texts, ...texts } }))
  const isTyped = kept.text.trim() !== '' && kept.text !== kept.given?.text
  return { draft: kept, isTyped, change, type, forget: () => keep(anew()) }
}
