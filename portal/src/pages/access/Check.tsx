import { makeStyles } from '@fluentui/react-components'
import { Frame } from './Frame'
import { WhyMay } from './WhyMay'
import { WhyRefused } from './WhyRefused'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1100px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
})

/** Two questions: may somebody do something, and why was a request refused. */
export function Check() {
  const styles = useStyles()
  return (
    <Frame part="check" subtitle="May somebody do something here, and why; and why a request was refused.">
      <div className={styles.root}>
        <WhyMay />
        <WhyRefused />
      </div>
    </Frame>
  )
}
