import { Button, Tooltip } from '@fluentui/react-components'
import { Checkmark16Regular, Copy16Regular } from '@fluentui/react-icons'
import { useCopy } from './useCopy'

/** Copies a text; `label` says which, for everybody who does not see the symbol. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const { copied, copy } = useCopy()
  return (
    <Tooltip content={copied ? 'Copied' : label} relationship="label">
      <Button
        size="small"
        appearance="subtle"
        icon={copied ? <Checkmark16Regular /> : <Copy16Regular />}
        onClick={() => void copy(text)}
      />
    </Tooltip>
  )
}
