import {
  Button,
  makeStyles,
  Select,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api, ask, askFor } from '../../../../api/client'
import { useToasts } from '../../../../app/toasts'
import { Card } from '../../../../components/Card'
import { ConfirmDialog } from '../../../../components/ConfirmDialog'
import { GuardedButton } from '../../../../components/GuardedButton'
import { ENDPOINT, keyOf, type PartProps } from '../place'
import { useDraft } from '../useDraft'
import {
  CATEGORIES,
  type Choice,
  DETECTIONS,
  filtersOf,
  isOwn,
  type Policy,
  type Rule,
  ruleKey,
  rulesOf,
  type Severity,
  SOURCES,
  type Source,
  weaker,
} from './policy'

const useStyles = makeStyles({
  scroll: {
    overflowX: 'auto',
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  // On a telephone a rule has a line for its name, and one each for prompts and answers.
  table: {
    '@media (max-width: 767px)': {
      '& thead': { display: 'none' },
      '& tr': { display: 'block', paddingBlockEnd: '8px' },
      '& td': { height: 'auto' },
      '& td:first-child': { display: 'block', paddingBlock: '8px 4px', fontWeight: tokens.fontWeightSemibold },
      '& td[data-source]': {
        display: 'grid',
        gridTemplateColumns: '72px minmax(0, 1fr)',
        alignItems: 'center',
        paddingBlock: '2px',
      },
      '& td[data-source]::before': {
        content: 'attr(data-source)',
        fontSize: tokens.fontSizeBase200,
        color: tokens.colorNeutralForeground2,
      },
    },
  },
  head: { fontWeight: tokens.fontWeightSemibold },
  select: { width: '100%', maxWidth: '260px', minWidth: 0 },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

// One choice says both what happens and from which severity on.
const OF_CATEGORY: readonly { value: string; title: string; rule: Rule }[] = [
  { value: 'block Low', title: 'Block from low on', rule: { choice: 'block', severity: 'Low' } },
  { value: 'block Medium', title: 'Block from medium on', rule: { choice: 'block', severity: 'Medium' } },
  { value: 'block High', title: 'Block high alone', rule: { choice: 'block', severity: 'High' } },
  { value: 'annotate Low', title: 'Annotate from low on', rule: { choice: 'annotate', severity: 'Low' } },
  { value: 'annotate Medium', title: 'Annotate from medium on', rule: { choice: 'annotate', severity: 'Medium' } },
  { value: 'annotate High', title: 'Annotate high alone', rule: { choice: 'annotate', severity: 'High' } },
]
const OF_DETECTION: readonly { value: Choice; title: string }[] = [
  { value: 'block', title: 'Block' },
  { value: 'annotate', title: 'Annotate' },
  { value: 'off', title: 'Do not look for it' },
]
const NAMES: Record<Source, string> = { Prompt: 'Prompts', Completion: 'Answers' }

interface Props extends PartProps {
  policy: Policy
  policies: readonly Policy[]
}

/** The rules of a policy, and the way to change them: the first change makes a policy of the endpoint's own. */
export function PolicyForm({ endpoint, place, policy, policies }: Props) {
  const styles = useStyles()
  const say = useToasts()
  const queries = useQueryClient()
  const before = useMemo(() => rulesOf(policy, policies), [policy, policies])
  const [rules, setRules, drop] = useDraft(`filter ${endpoint.id}`, before)
  const [asking, setAsking] = useState<'save' | 'reset'>()
  const isChanged = JSON.stringify(rules) !== JSON.stringify(before)
  const less = weaker(before, rules)
  const lists = policy.properties.customBlocklists ?? []
  const providers = policy.properties.safetyProviders ?? []

  async function save() {
    const { basePolicyName, customBlocklists, safetyProviders, mode } = policy.properties
    const own = isOwn(policy)
    await ask(
      api.PUT(`${ENDPOINT}/raiPolicies/{policy}`, {
        params: { path: { ...place, policy: 'default' } },
        body: {
          properties: {
            basePolicyName: basePolicyName ?? 'Microsoft.DefaultV2',
            mode: mode ?? 'Blocking',
            contentFilters: filtersOf(rules, policy),
            ...(own && customBlocklists ? { customBlocklists } : {}),
            ...(own && safetyProviders ? { safetyProviders } : {}),
          },
        },
      }),
    )
    drop()
    say('success', 'The content filter is changed', 'It holds from the next request on.')
    await queries.invalidateQueries({ queryKey: keyOf(place, 'policies') })
  }

  async function reset() {
    await askFor(
      api.DELETE(`${ENDPOINT}/raiPolicies/{policy}`, { params: { path: { ...place, policy: policy.name } } }),
    )
    drop()
    say('success', "The system's rules hold again")
    await queries.invalidateQueries({ queryKey: keyOf(place, 'policies') })
  }

  const put = (key: string, rule: Rule) => setRules({ ...rules, [key]: rule })
  return (
    <Card
      title={isOwn(policy) ? 'Rules of this endpoint' : "The system's rules"}
      text={
        isOwn(policy)
          ? 'Low means that mild content is found as well; high means that only the worst is.'
          : 'They hold for every endpoint without rules of its own. What you change here holds for this endpoint alone.'
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label="Rules">
        <Table size="small" className={styles.table} aria-label="Rules of the content filter">
          <TableHeader>
            <TableRow>
              <TableHeaderCell className={styles.head}>Looked for</TableHeaderCell>
              {SOURCES.map(source => (
                <TableHeaderCell key={source} className={styles.head}>
                  {NAMES[source]}
                </TableHeaderCell>
              ))}
            </TableRow>
          </TableHeader>
          <TableBody>
            {CATEGORIES.map(({ name, title }) => (
              <TableRow key={name}>
                <TableCell>{title}</TableCell>
                {SOURCES.map(source => (
                  <TableCell key={source} data-source={NAMES[source]}>
                    <CategorySelect
                      label={`${title} in ${NAMES[source].toLowerCase()}`}
                      rule={rules[ruleKey(name, source)]}
                      onChange={rule => put(ruleKey(name, source), rule)}
                    />
                  </TableCell>
                ))}
              </TableRow>
            ))}
            {DETECTIONS.map(({ name, title, sources }) => (
              <TableRow key={name}>
                <TableCell>{title}</TableCell>
                {SOURCES.map(source => (
                  <TableCell key={source} data-source={NAMES[source]}>
                    {sources.includes(source) ? (
                      <Select
                        size="small"
                        className={styles.select}
                        aria-label={`${title} in ${NAMES[source].toLowerCase()}`}
                        value={rules[ruleKey(name, source)]?.choice ?? 'off'}
                        onChange={(_, data) =>
                          put(ruleKey(name, source), { choice: data.value as Choice, severity: 'Medium' })
                        }
                      >
                        {OF_DETECTION.map(one => (
                          <option key={one.value} value={one.value}>
                            {one.title}
                          </option>
                        ))}
                      </Select>
                    ) : (
                      <span className={styles.quiet}>–</span>
                    )}
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </section>
      {(lists.length > 0 || providers.length > 0) && (
        <Text className={styles.quiet}>
          {lists.length > 0 && `Blocklists: ${lists.map(list => list.blocklistName).join(', ')}. `}
          {providers.length > 0 &&
            `Analyzers that are asked too: ${providers.map(one => one.safetyProviderName).join(', ')}.`}
        </Text>
      )}
      <div className={styles.buttons}>
        <GuardedButton
          action="Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiPolicies/write"
          scope={endpoint.id}
          appearance="primary"
          disabled={!isChanged}
          onClick={() => setAsking('save')}
        >
          Save rules
        </GuardedButton>
        <Button disabled={!isChanged} onClick={() => setRules(before)}>
          Discard
        </Button>
        {isOwn(policy) && (
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiPolicies/delete"
            scope={endpoint.id}
            onClick={() => setAsking('reset')}
          >
            Back to the system's rules
          </GuardedButton>
        )}
      </div>
      <ConfirmDialog
        open={asking === 'save'}
        onClose={() => setAsking(undefined)}
        title={`Change what is screened on ${endpoint.name}?`}
        action="Save rules"
        onConfirm={save}
      >
        {less.length > 0 ? (
          <Text>Less is stopped than before: {less.join('; ')}. This holds from the next request on.</Text>
        ) : (
          <Text>Nothing is stopped less than before. This holds from the next request on.</Text>
        )}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'reset'}
        onClose={() => setAsking(undefined)}
        title={`Delete the rules of ${endpoint.name}?`}
        action="Delete its rules"
        onConfirm={reset}
      >
        <Text>
          The system's rules hold from the next request on
          {lists.length > 0 && `, and its blocklists (${lists.map(list => list.blocklistName).join(', ')}) no more`}.
        </Text>
      </ConfirmDialog>
    </Card>
  )
}

interface CategorySelectProps {
  label: string
  rule: Rule | undefined
  onChange: (rule: Rule) => void
}

function CategorySelect({ label, rule, onChange }: CategorySelectProps) {
  const styles = useStyles()
  const severity: Severity = rule?.severity ?? 'Medium'
  const value = !rule || rule.choice === 'off' ? 'off' : `${rule.choice} ${severity}`
  return (
    <Select
      size="small"
      className={styles.select}
      aria-label={label}
      value={value}
      onChange={(_, data) =>
        onChange(OF_CATEGORY.find(one => one.value === data.value)?.rule ?? { choice: 'off', severity })
      }
    >
      {OF_CATEGORY.map(one => (
        <option key={one.value} value={one.value}>
          {one.title}
        </option>
      ))}
      <option value="off">Do not look for it</option>
    </Select>
  )
}
