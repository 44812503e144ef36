import { CopyButton } from './CopyButton'
import { useFieldStyles } from './useFieldStyles'

/** A text to take along: an address, an id. */
export function CopyField({ text, label }: { text: string; label: string }) {
  const styles = useFieldStyles()
  return (
    <div className={styles.root}>
      <span className={styles.text} title={text}>
        {text}
      </span>
      <CopyButton text={text} label={`Copy ${label}`} />
    </div>
  )
}
