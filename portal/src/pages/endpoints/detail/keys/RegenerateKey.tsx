import { Text } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { dimensionOf, metricsOf, seriesOf, sumOf } from '../../../../api/metrics'
import { ConfirmDialog } from '../../../../components/ConfirmDialog'
import { DAY_MS } from '../../../../time'
import { count } from '../../numbers'
import { keyOf, type PartProps } from '../place'
import type { KeyType } from './KeysCard'

interface Props extends PartProps {
  which: KeyType
  onClose: () => void
  onConfirm: () => Promise<void>
}

/** Asks before a key is replaced: what uses it stops at once. */
export function RegenerateKey({ endpoint, place, which, onClose, onConfirm }: Props) {
  const other = which === 'Primary' ? 'secondary' : 'primary'
  const name = which.toLowerCase()
  const used = useQuery({
    queryKey: keyOf(place, 'used', 'by key'),
    queryFn: ({ signal }) => {
      const to = new Date()
      const from = new Date(to.getTime() - DAY_MS)
      const question = { names: ['Requests'], from, to, interval: 'FULL', filter: "Key eq '*'" }
      return metricsOf(endpoint.id, question, signal)
    },
    staleTime: 0,
  })
  const of = (key: string) => sumOf(seriesOf(used.data, 'Requests').find(series => dimensionOf(series, 'Key') === key))
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Regenerate the ${name} key of ${endpoint.name}?`}
      action={`Regenerate the ${name} key`}
      onConfirm={onConfirm}
    >
      <Text as="p" block style={{ marginBlock: 0 }}>
        Whatever uses the {name} key is refused with 401 from then on, and there is no way back to it. The {other} key
        stays as it is: move to it first what must not stop.
      </Text>
      {used.data && (
        <Text as="p" block style={{ marginBlock: '8px 0' }}>
          {of(name) > 0
            ? `The ${name} key was used for ${count(of(name))} requests in the last 24 hours, the ${other} key for ${count(of(other))}.`
            : `Nobody used the ${name} key in the last 24 hours.`}
        </Text>
      )}
    </ConfirmDialog>
  )
}
