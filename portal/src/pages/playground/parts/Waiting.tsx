import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { useNow } from '../../../components/useNow'

const useStyles = makeStyles({ root: { color: tokens.colorNeutralForeground3, fontVariantNumeric: 'tabular-nums' } })

const SECOND_MS = 1000

/** The model has not said anything yet, and for how long. */
export function Waiting() {
  const styles = useStyles()
  const [since] = useState(Date.now)
  const waitedS = Math.floor((useNow(SECOND_MS) - since) / SECOND_MS)
  return (
    <Text className={styles.root}>
      {waitedS < 2 ? 'Waiting for the first word…' : `Waiting for the first word, for ${waitedS} s…`}
    </Text>
  )
}
