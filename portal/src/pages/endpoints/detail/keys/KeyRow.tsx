import {
  ArrowSyncCircle16Regular,
  Checkmark16Regular,
  Copy16Regular,
  Eye16Regular,
  EyeOff16Regular,
} from '@fluentui/react-icons'
import { useState } from 'react'
import { GuardedButton } from '../../../../components/GuardedButton'
import { useCopy } from '../../../../components/useCopy'
import { HIDDEN, useFieldStyles } from '../../../../components/useFieldStyles'
import type { KeyType } from './KeysCard'

const LIST = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/listKeys/action'
const REGENERATE = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/regenerateKeys/action'

interface Props {
  /** The id of the endpoint. */
  scope: string
  which: KeyType
  /** The key, where it was asked for already. */
  known: string | undefined
  read: () => Promise<string | undefined>
  onRegenerate: () => void
}

/** A key: asked for when somebody wants to see it, and copied without being shown. */
export function KeyRow({ scope, which, known, read, onRegenerate }: Props) {
  const styles = useFieldStyles()
  const { copied, copy } = useCopy()
  const [wanted, setWanted] = useState(false)
  const name = `the ${which.toLowerCase()} key`
  const isShown = wanted && known !== undefined
  const see = isShown ? `Hide ${name}` : `Show ${name}`
  const take = copied ? 'Copied' : `Copy ${name}`

  async function toggle() {
    if (isShown) setWanted(false)
    else setWanted((await read()) !== undefined)
  }

  async function takeAlong() {
    const key = await read()
    if (key !== undefined) await copy(key)
  }

  return (
    <div className={styles.root}>
      <span className={styles.text}>
        {isShown ? (
          known
        ) : (
          <span role="img" aria-label={`${which} key, hidden`}>
            {HIDDEN}
          </span>
        )}
      </span>
      <GuardedButton
        action={LIST}
        scope={scope}
        label={see}
        size="small"
        appearance="subtle"
        icon={isShown ? <EyeOff16Regular /> : <Eye16Regular />}
        onClick={() => void toggle()}
      />
      <GuardedButton
        action={LIST}
        scope={scope}
        label={take}
        size="small"
        appearance="subtle"
        icon={copied ? <Checkmark16Regular /> : <Copy16Regular />}
        onClick={() => void takeAlong()}
      />
      <GuardedButton
        action={REGENERATE}
        scope={scope}
        label={`Regenerate ${name}`}
        size="small"
        appearance="subtle"
        icon={<ArrowSyncCircle16Regular />}
        onClick={onRegenerate}
      />
    </div>
  )
}
