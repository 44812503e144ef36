import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { type ApiProblem, asProblem } from '../../../../api/problem'
import { useToasts } from '../../../../app/toasts'
import { Card } from '../../../../components/Card'
import { CopyField } from '../../../../components/CopyField'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import type { PartProps } from '../place'
import { KeyRow } from './KeyRow'
import { RegenerateKey } from './RegenerateKey'
import { useKeys } from './useKeys'

const useStyles = makeStyles({
  part: { display: 'flex', flexDirection: 'column', rowGap: '4px' },
  name: { fontWeight: tokens.fontWeightSemibold },
  note: { color: tokens.colorNeutralForeground2 },
})

export type KeyType = 'Primary' | 'Secondary'

/** Where an endpoint answers, and the keys that it takes: hidden until somebody wants one. */
export function KeysCard({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const say = useToasts()
  const keys = useKeys(place)
  const [problem, setProblem] = useState<ApiProblem>()
  const [regenerating, setRegenerating] = useState<KeyType>()
  const { authMode, inferenceEndpoint } = endpoint.properties

  async function read(which: KeyType): Promise<string | undefined> {
    setProblem(undefined)
    try {
      const both = await keys.read()
      return which === 'Primary' ? both.primaryKey : both.secondaryKey
    } catch (error) {
      setProblem(asProblem(error))
      return undefined
    }
  }

  return (
    <Card title="Target URI and keys">
      <div className={styles.part}>
        <Text className={styles.name}>Target URI</Text>
        {inferenceEndpoint ? (
          <CopyField text={inferenceEndpoint.uri} label="the target URI" />
        ) : (
          <Text className={styles.note}>There is none until the endpoint is deployed.</Text>
        )}
      </div>
      {authMode === 'AAD' ? (
        <Text className={styles.note}>
          This endpoint takes no keys. Ask it with an access token for https://ml.azure.com of somebody who has
          serverlessEndpoints/score/action on it, as Azure AI Developer has.
        </Text>
      ) : (
        (['Primary', 'Secondary'] as const).map(which => (
          <div key={which} className={styles.part}>
            <Text className={styles.name}>{which} key</Text>
            <KeyRow
              scope={endpoint.id}
              which={which}
              known={which === 'Primary' ? keys.keys?.primaryKey : keys.keys?.secondaryKey}
              read={() => read(which)}
              onRegenerate={() => setRegenerating(which)}
            />
          </div>
        ))
      )}
      {problem && <ProblemMessage problem={problem} title="The keys cannot be shown" />}
      {authMode !== 'AAD' && (
        <Text size={200} className={styles.note}>
          Both keys are good at the same time, so that one can be replaced while the other one is used. Showing and
          copying them is on the record.
        </Text>
      )}
      {regenerating && (
        <RegenerateKey
          endpoint={endpoint}
          place={place}
          which={regenerating}
          onClose={() => setRegenerating(undefined)}
          onConfirm={async () => {
            await keys.regenerate(regenerating)
            say('success', `The ${regenerating.toLowerCase()} key is new`, 'The one before it is not taken any more.')
          }}
        />
      )}
    </Card>
  )
}
