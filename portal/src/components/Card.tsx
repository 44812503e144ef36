import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components'
import { type ReactNode, useId } from 'react'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    alignContent: 'start',
    rowGap: '12px',
    minWidth: 0,
    padding: '16px',
    overflowWrap: 'anywhere',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px' },
  title: { flexGrow: 1, margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  text: { color: tokens.colorNeutralForeground2 },
})

interface Props {
  title: string
  /** What it is for, in a sentence. */
  text?: ReactNode
  /** Buttons at the end of its head. */
  actions?: ReactNode
  className?: string
  children: ReactNode
}

/** A part of a page with a title of its own. */
export function Card({ title, text, actions, className, children }: Props) {
  const styles = useStyles()
  const id = useId()
  return (
    <section aria-labelledby={id} className={mergeClasses(styles.root, className)}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {actions}
      </div>
      {text && <Text className={styles.text}>{text}</Text>}
      {children}
    </section>
  )
}
