import { Button, Text } from '@fluentui/react-components'
import { useState } from 'react'
import { useNow } from '../../components/useNow'

/** For how long a comparison has gone on, and the way to end the wait. */
export function Comparing({ onStop }: { onStop: () => void }) {
  const [since] = useState(Date.now)
  const seconds = Math.max(0, Math.round((useNow(1000) - since) / 1000))
  return (
    <>
      <Button onClick={onStop}>Stop comparing</Button>
      <Text size={200} role="timer">
        Comparing for {seconds} s
      </Text>
    </>
  )
}
