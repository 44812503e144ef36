import { makeStyles, tokens } from '@fluentui/react-components'
import { Fragment, type ReactNode } from 'react'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'minmax(140px, max-content) minmax(0, 1fr)',
    gap: '8px 24px',
    alignItems: 'baseline',
    margin: 0,
    '@media (max-width: 767px)': { gridTemplateColumns: 'minmax(0, 1fr)', rowGap: '4px' },
  },
  name: { color: tokens.colorNeutralForeground3 },
  value: {
    margin: 0,
    minWidth: 0,
    overflowWrap: 'anywhere',
    '@media (max-width: 767px)': { marginBlockEnd: '8px' },
  },
})

/** Names and values. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  const styles = useStyles()
  return (
    <dl className={styles.root}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt className={styles.name}>{name}</dt>
          <dd className={styles.value}>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
