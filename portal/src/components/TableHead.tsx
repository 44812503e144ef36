import { Input, makeStyles } from '@fluentui/react-components'
import { Search16Regular } from '@fluentui/react-icons'
import type { ReactNode } from 'react'

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center', marginBlockEnd: '12px' },
  filter: { width: 'min(320px, 100%)' },
})

interface Props {
  label: string
  words: string | undefined
  onWords: (words: string) => void
  tools: ReactNode
}

/** What narrows the rows of a table. */
export function TableHead({ label, words, onWords, tools }: Props) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      {words !== undefined && (
        <Input
          className={styles.filter}
          type="search"
          aria-label={`Filter ${label}`}
          placeholder={`Filter ${label}`}
          contentBefore={<Search16Regular />}
          value={words}
          onChange={(_, data) => onWords(data.value)}
        />
      )}
      {tools}
    </div>
  )
}
