import { Link, Text } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { api, ask } from '../../api/client'
import { Card } from '../../components/Card'
import { CodeSample } from '../../components/CodeSample'
import { CopyField } from '../../components/CopyField'
import { Facts } from '../../components/Facts'
import { StateBadge } from '../../components/StateBadge'

const AGAIN_MS = 30_000

/** Where the server is, whether it is well, and how programs reach it. */
export function Addresses() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => ask(api.GET('/healthz', { signal })),
    refetchInterval: AGAIN_MS,
  })
  const { origin } = window.location
  return (
    <Card title="Server">
      <Facts
        facts={[
          [
            'State',
            health.error ? (
              <StateBadge key="state" tone="bad">
                Does not answer
              </StateBadge>
            ) : (
              <StateBadge key="state" tone={health.data ? 'good' : 'busy'}>
                {health.data ? 'Answers, and its store does' : 'Asking'}
              </StateBadge>
            ),
          ],
          ['Version', __CUPOLA_VERSION__],
          ['Resource manager and models', <CopyField key="origin" text={origin} label="the address of the server" />],
          ['Sign-in', <CopyField key="sign-in" text={`${origin}/adfs`} label="the address of the sign-in" />],
          [
            'Description of the API',
            <Link key="description" href="/openapi.json" target="_blank" rel="noopener">
              {origin}/openapi.json
            </Link>,
          ],
        ]}
      />
      <Text>
        On a machine that has the server's client.json, the command line and the clients of the cloud reach it so:
      </Text>
      <CodeSample
        label="How to reach the server"
        samples={[
          { language: 'cupola', code: 'cupola account show\ncupola ml serverless-endpoint list' },
          { language: 'Any client', code: 'eval "$(cupola env)"' },
          { language: 'Azure CLI', code: 'eval "$(cupola az-setup)"\naz group list -o table' },
        ]}
      />
    </Card>
  )
}
