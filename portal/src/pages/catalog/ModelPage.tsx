import { Badge, makeStyles, Text, tokens } from '@fluentui/react-components'
import { RocketRegular } from '@fluentui/react-icons'
import { Page } from '../../app/Page'
import { useSearch } from '../../app/useSearch'
import { Card } from '../../components/Card'
import { CopyField } from '../../components/CopyField'
import { Facts } from '../../components/Facts'
import { LinkButton } from '../../components/LinkButton'
import { StateBadge } from '../../components/StateBadge'
import { Tabs } from '../../components/Tabs'
import { BackendStatus } from './BackendStatus'
import { Deployments } from './ModelDeployments'
import { CATALOG, ModelFrame } from './ModelFrame'
import { Samples } from './ModelSamples'
import { type CatalogModel, contextName, countryName, pathOf, priceLine, taskName } from './model'
import { PriceTable } from './PriceTable'
import { Terms } from './Terms'
import { useRegionName } from './useCatalog'

const useStyles = makeStyles({
  tabs: { marginInlineStart: '-10px', marginBlockEnd: '16px' },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(280px, 1fr)',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1023px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  stack: { display: 'flex', flexDirection: 'column', rowGap: '16px', minWidth: 0 },
  list: { display: 'flex', flexWrap: 'wrap', gap: '6px', listStyleType: 'none', margin: 0, padding: 0 },
  quiet: { color: tokens.colorNeutralForeground3 },
})

const TABS = {
  overview: 'Overview',
  pricing: 'Pricing and terms',
  regions: 'Regions and countries',
  samples: 'Code samples',
  deployments: 'Deployments',
} as const
type TabName = keyof typeof TABS

/** A model: what it is, what it costs, where it may be used, how it is called. */
export function ModelPage() {
  return <ModelFrame>{model => <Shown model={model} />}</ModelFrame>
}

function Shown({ model }: { model: CatalogModel }) {
  const styles = useStyles()
  const [search, setSearch] = useSearch()
  const asked = search.get('tab') ?? ''
  const tab: TabName = asked in TABS ? (asked as TabName) : 'overview'
  return (
    <Page
      title={model.displayName}
      subtitle={`${model.publisher} · ${taskName(model.task)} · ${priceLine(model)}`}
      above={[CATALOG]}
      actions={
        <LinkButton to={`${pathOf(model)}/deploy`} appearance="primary" icon={<RocketRegular />}>
          {model.soldBy === 'partner' ? 'Subscribe and deploy' : 'Deploy'}
        </LinkButton>
      }
    >
      <Tabs
        className={styles.tabs}
        label="About the model"
        tabs={Object.entries(TABS).map(([value, title]) => ({ value, title }))}
        selected={tab}
        onSelect={value =>
          setSearch(
            old => {
              const next = new URLSearchParams(old)
              next.set('tab', value)
              return next
            },
            { replace: true },
          )
        }
      />
      <div role="tabpanel" aria-label={TABS[tab]}>
        {tab === 'overview' && <Overview model={model} />}
        {tab === 'pricing' && <Pricing model={model} />}
        {tab === 'regions' && <Places model={model} />}
        {tab === 'samples' && <Samples model={model} />}
        {tab === 'deployments' && <Deployments model={model} />}
      </div>
    </Page>
  )
}

function Overview({ model }: { model: CatalogModel }) {
  const styles = useStyles()
  const isTuned = model.fineTuningRegions.length > 0
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <Card title="About">
          <Text as="p" block style={{ margin: 0 }}>
            {model.description}
          </Text>
          <CopyField text={model.id} label="the id of the model" />
        </Card>
        <Card title="Versions">
          <Facts
            facts={[
              [
                model.version,
                <span key="latest">
                  <Badge appearance="tint">Latest</Badge> The one that is served
                  {model.preview && ', announced and not final'}.
                </span>,
              ],
            ]}
          />
        </Card>
        <Card title="Backend">
          <BackendStatus model={model} />
        </Card>
      </div>
      <Card title="Quick facts">
        <Facts
          facts={[
            ['Publisher', model.publisher],
            ['Collection', model.registry],
            ['Task', taskName(model.task)],
            ['Context', `${contextName(model.contextTokens)} tokens`],
            ['Price', priceLine(model)],
            ['Licence', model.license],
            ['Sold', model.soldBy === 'partner' ? `By ${model.publisher}, through a subscription` : 'Directly'],
            ['Deployed as', 'Serverless API'],
            ['Fine-tuning', isTuned ? `In ${model.fineTuningRegions.length} regions` : 'Not offered'],
            ['Status', model.preview ? 'Preview' : 'Generally available'],
            [
              'Here',
              <StateBadge key="here" tone={model.binding ? 'good' : 'off'}>
                {model.binding ? 'Ready to deploy' : 'Needs a backend first'}
              </StateBadge>,
            ],
          ]}
        />
      </Card>
    </div>
  )
}

function Pricing({ model }: { model: CatalogModel }) {
  const styles = useStyles()
  return (
    <div className={styles.columns}>
      <Card title="Prices">
        <PriceTable model={model} />
        <Text size={200} block className={styles.quiet}>
          Charged for what is used, by request, at the price of the catalog of this server. An endpoint that is not
          asked costs nothing.
        </Text>
      </Card>
      <Card title="Terms">
        <Facts
          facts={[
            ['Licence', model.license],
            ['Terms', <Terms key="terms" model={model} />],
            ...(model.offer
              ? ([
                  ['Seller', model.publisher],
                  ['Offer', model.offer.offerId],
                  ['Plan', model.offer.planId],
                ] as const)
              : ([['Seller', 'The operator of this server; no subscription is needed']] as const)),
          ]}
        />
      </Card>
    </div>
  )
}

function Places({ model }: { model: CatalogModel }) {
  const styles = useStyles()
  const regionName = useRegionName()
  const countries = model.offerCountries.map(countryName).sort((one, other) => one.localeCompare(other))
  return (
    <div className={styles.stack}>
      <Card title="Regions">
        <Facts
          facts={[
            ['Deployment', <Names key="where" names={model.deploymentRegions.map(regionName)} none="Every region" />],
            ['Fine-tuning', <Names key="tuned" names={model.fineTuningRegions.map(regionName)} none="Nowhere" />],
          ]}
        />
      </Card>
      <Card title="Billing countries">
        {model.soldBy === 'partner' ? (
          <>
            <Text block>
              {model.publisher} sells the offer to subscriptions that are billed in one of {countries.length} countries.
            </Text>
            <Names names={countries} none="None" />
          </>
        ) : (
          <Text>It is sold directly, whatever the country of the bill is.</Text>
        )}
      </Card>
    </div>
  )
}

function Names({ names, none }: { names: readonly string[]; none: string }) {
  const styles = useStyles()
  if (names.length === 0) return <Text>{none}</Text>
  return (
    <ul className={styles.list}>
      {names.map(name => (
        <li key={name}>
          <Badge appearance="outline" color="informative">
            {name}
          </Badge>
        </li>
      ))}
    </ul>
  )
}
