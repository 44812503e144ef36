import { makeStyles } from '@fluentui/react-components'
import { Card } from '../../../components/Card'
import { CopyField } from '../../../components/CopyField'
import { Facts } from '../../../components/Facts'
import { unitPrice } from '../../../components/Money'
import { PageLink } from '../../../components/PageLink'
import { Time } from '../../../components/Time'
import { modelName } from '../modelName'
import { KeysCard } from './keys/KeysCard'
import { Tiles } from './metrics/Tiles'
import type { PartProps } from './place'
import { pricesOf, useModel } from './useModel'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1099px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  whole: { gridColumn: '1 / -1' },
})

const AUTHENTICATION: Record<string, string> = {
  Key: 'Keys',
  AAD: 'Access tokens alone',
  KeyAndAAD: 'Keys and access tokens',
}

/** What an endpoint is, where it answers, and with which keys. */
export function Overview({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const { properties, systemData } = endpoint
  const { model, registry } = modelName(properties.modelSettings?.modelId)
  const catalog = useModel(properties.modelSettings?.modelId).data
  const tags = Object.entries(endpoint.tags ?? {})
  return (
    <div className={styles.root}>
      <div className={styles.whole}>
        <Tiles endpoint={endpoint} place={place} />
      </div>
      <Card title="Details">
        <Facts
          facts={[
            [
              'Model',
              <span key="model">
                <PageLink to={`/catalog/${encodeURIComponent(registry)}/${encodeURIComponent(model)}`}>
                  {catalog?.displayName ?? model}
                </PageLink>
                {catalog && ` by ${catalog.publisher}`}
              </span>,
            ],
            ['Registry', registry || '–'],
            ['Task', catalog?.task.replaceAll('-', ' ') ?? '–'],
            [
              'Price',
              catalog && pricesOf(catalog).length > 0
                ? pricesOf(catalog)
                    .map(price => `${unitPrice(price.amount, price.currency)} for ${price.meter}`)
                    .join(', ')
                : '–',
            ],
            ['Region', endpoint.location],
            ['Authentication', AUTHENTICATION[properties.authMode] ?? properties.authMode],
            ['Content filter', properties.contentSafety?.contentSafetyStatus === 'Disabled' ? 'Off' : 'On'],
            ...(properties.marketplaceSubscriptionId
              ? ([['Subscription to the offer', nameOf(properties.marketplaceSubscriptionId)]] as const)
              : []),
            [
              'Created',
              <span key="created">
                <Time at={systemData?.createdAt} />
                {systemData?.createdBy && ` by ${systemData.createdBy}`}
              </span>,
            ],
            [
              'Changed',
              <span key="changed">
                <Time at={systemData?.lastModifiedAt} />
                {systemData?.lastModifiedBy && ` by ${systemData.lastModifiedBy}`}
              </span>,
            ],
            ...(tags.length > 0
              ? ([['Tags', tags.map(([name, value]) => `${name}: ${value}`).join(', ')]] as const)
              : []),
            ['Resource ID', <CopyField key="id" text={endpoint.id} label="the resource ID" />],
          ]}
        />
      </Card>
      <KeysCard endpoint={endpoint} place={place} />
    </div>
  )
}

function nameOf(id: string): string {
  return id.split('/').at(-1) ?? id
}
