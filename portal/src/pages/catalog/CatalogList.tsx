import { Button, Input, makeStyles, Select, Text } from '@fluentui/react-components'
import { Search20Regular } from '@fluentui/react-icons'
import { useEffect, useMemo, useRef, useState } from 'react'
import { asProblem } from '../../api/problem'
import { Page } from '../../app/Page'
import { useSearch } from '../../app/useSearch'
import { EmptyState } from '../../components/EmptyState'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { CatalogFilters } from './CatalogFilters'
import {
  CARDS_OF_PAGE,
  choiceIn,
  narrowed,
  ORDERS,
  type Order,
  ordered,
  orderIn,
  shownIn,
  withChoice,
  withOrder,
  withShown,
} from './filters'
import { ModelCard } from './ModelCard'
import type { CatalogModel } from './model'
import { useCatalog, useRegionName } from './useCatalog'

const TYPED_MS = 300

const useStyles = makeStyles({
  tools: { display: 'flex', flexDirection: 'column', alignItems: 'start', rowGap: '10px', marginBlockEnd: '16px' },
  first: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center', width: '100%' },
  search: { width: 'min(480px, 100%)' },
  order: { marginInlineStart: 'auto', '@media (max-width: 767px)': { marginInlineStart: 0 } },
  cards: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(280px, 100%), 1fr))',
    gap: '12px',
    listStyleType: 'none',
    margin: 0,
    padding: 0,
  },
  more: { display: 'flex', justifyContent: 'center', marginBlockStart: '20px' },
})

/** Every model that is offered here. */
export function CatalogList() {
  const catalog = useCatalog()
  const again = () => void catalog.refetch()
  return (
    <Page
      title="Model catalog"
      subtitle="Models that can be deployed here, what they cost, and where each may be used. A price is what this server's catalog says."
    >
      {catalog.error && <ProblemMessage problem={asProblem(catalog.error)} onRetry={again} />}
      {catalog.isPending ? (
        <LoadingRows what="the catalog" rows={8} onRetry={again} />
      ) : catalog.data === undefined ? null : catalog.data.length === 0 ? (
        <EmptyState
          title="The catalog is empty"
          text="The operator of this server says in DATA_DIR/catalog.d which models there are."
          code="cupola catalog list"
        />
      ) : (
        <Models models={catalog.data} />
      )}
    </Page>
  )
}

function Models({ models }: { models: readonly CatalogModel[] }) {
  const styles = useStyles()
  const [search, setSearch] = useSearch()
  const order = orderIn(search)
  const shown = shownIn(search)
  const regionName = useRegionName()
  const asked = useMemo(() => choiceIn(search), [search])
  const [words, setWords] = useTyped(asked.words, next =>
    setSearch(old => withChoice(old, { ...choiceIn(old), words: next }), { replace: true }),
  )
  const choice = useMemo(() => ({ ...asked, words }), [asked, words])
  const found = useMemo(() => ordered(narrowed(models, choice), order), [models, choice, order])
  const choose = (next: typeof choice) => {
    setWords(next.words)
    setSearch(old => withChoice(old, next), { replace: true })
  }

  return (
    <>
      <div className={styles.tools}>
        <div className={styles.first}>
          <Input
            type="search"
            className={styles.search}
            aria-label="Search models"
            placeholder="Search by name, publisher, task or what it is for"
            contentBefore={<Search20Regular />}
            value={choice.words}
            onChange={(_, data) => setWords(data.value)}
          />
          <Text role="status">
            {found.length === models.length ? `${models.length} models` : `${found.length} of ${models.length} models`}
          </Text>
          <Select
            className={styles.order}
            aria-label="Order"
            value={order}
            onChange={(_, data) => setSearch(old => withOrder(old, data.value as Order), { replace: true })}
          >
            {Object.entries(ORDERS).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </Select>
        </div>
        <CatalogFilters models={models} choice={choice} onChoice={choose} regionName={regionName} />
      </div>
      {found.length === 0 ? (
        <EmptyState
          title="No model is like this"
          text="Take a word or a filter away: each of them narrows what is left. Several values of one filter add up."
          action={<Button onClick={() => choose({ words: '', values: {} })}>Show all models</Button>}
        />
      ) : (
        <ul className={styles.cards} aria-label="Models" data-navigates>
          {found.slice(0, shown).map(model => (
            <li key={model.id}>
              <ModelCard model={model} />
            </li>
          ))}
        </ul>
      )}
      {found.length > shown && (
        <div className={styles.more}>
          <Button onClick={() => setSearch(old => withShown(old, shown + CARDS_OF_PAGE), { replace: true })}>
            Show {Math.min(CARDS_OF_PAGE, found.length - shown)} more
          </Button>
        </div>
      )}
    </>
  )
}

/** What is typed, at once; written to the address when nothing was typed for a moment, and read from there where the
 * address changed by itself. */
function useTyped(written: string, onWrite: (words: string) => void): [string, (words: string) => void] {
  const [words, setWords] = useState(written)
  const last = useRef(written)
  const write = useRef(onWrite)
  write.current = onWrite
  useEffect(() => {
    if (words === last.current) return
    const { pathname } = window.location
    const timer = setTimeout(() => {
      // Whoever has chosen a model meanwhile is not called back, even where its page is still being made.
      if (window.location.pathname !== pathname) return
      last.current = words
      write.current(words)
    }, TYPED_MS)
    return () => clearTimeout(timer)
  }, [words])
  useEffect(() => {
    if (written === last.current) return
    last.current = written
    setWords(written)
  }, [written])
  return [words, setWords]
}
