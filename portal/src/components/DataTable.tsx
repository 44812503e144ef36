import {
  makeStyles,
  mergeClasses,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components'
import { type ReactNode, useMemo, useState } from 'react'
import { type Column, matches, sorted } from './dataTable'
import { TableFoot } from './TableFoot'
import { TableHead } from './TableHead'
import { useNarrow } from './useNarrow'

export type { Column } from './dataTable'

const useStyles = makeStyles({
  frame: {
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflow: 'hidden',
  },
  scroll: {
    overflowX: 'auto',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  table: {
    tableLayout: 'auto',
    minWidth: '100%',
    '& tbody tr': { borderBottomColor: tokens.colorNeutralStroke3 },
    '& tbody tr:last-child': { borderBottomStyle: 'none' },
  },
  header: { backgroundColor: tokens.colorNeutralBackground2 },
  headerCell: {
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
    whiteSpace: 'nowrap',
  },
  cell: { paddingBlock: '6px', verticalAlign: 'middle' },
  breaks: { overflowWrap: 'anywhere', minWidth: '120px' },
  number: { textAlign: 'end', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  action: { textAlign: 'end', whiteSpace: 'nowrap', paddingInlineStart: 0 },
  unseen: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  numberHead: { '& > *': { justifyContent: 'end' } },
  nothing: { display: 'block', margin: 0, padding: '24px', textAlign: 'center', color: tokens.colorNeutralForeground2 },
})

interface Props<T> {
  /** What the rows are, for screen readers and for the filter: `endpoints`. */
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  keyOf: (row: T) => string
  /** Words by which rows are found; without it there is no filter. */
  wordsOf?: (row: T) => string
  /** Beside the filter: other filters, buttons. */
  tools?: ReactNode
  sortBy?: { column: string; descending?: boolean }
  rowsOfPage?: number
}

/** Rows that can be sorted, filtered and turned over, with a keyboard as well. Columns of less weight go first where the
 * window is narrow. */
export function DataTable<T>({ label, rows, columns, keyOf, wordsOf, tools, sortBy, rowsOfPage = 50 }: Props<T>) {
  const styles = useStyles()
  const isNarrow = useNarrow()
  const [words, setWords] = useState('')
  const [sort, setSort] = useState({ column: sortBy?.column ?? '', descending: sortBy?.descending ?? false })
  const [page, setPage] = useState(0)
  const shown = columns.filter(column => !isNarrow || column.narrow !== 'hidden')

  const found = useMemo(() => {
    const matching = wordsOf ? rows.filter(row => matches(wordsOf(row), words)) : rows
    const column = columns.find(one => one.id === sort.column)
    return column?.sortBy ? sorted(matching, column.sortBy, sort.descending) : matching
  }, [rows, columns, wordsOf, words, sort])
  const pages = Math.max(1, Math.ceil(found.length / rowsOfPage))
  const here = Math.min(page, pages - 1)
  const part = found.slice(here * rowsOfPage, (here + 1) * rowsOfPage)

  return (
    <div>
      {(wordsOf || tools) && (
        <TableHead
          label={label}
          words={wordsOf ? words : undefined}
          onWords={next => {
            setWords(next)
            setPage(0)
          }}
          tools={tools}
        />
      )}
      <div className={styles.frame}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
        <section className={styles.scroll} tabIndex={0} aria-label={`Table of ${label}`}>
          <Table sortable className={styles.table} size="small" aria-label={label}>
            <TableHeader className={styles.header}>
              <TableRow>
                {shown.map(column => (
                  <TableHeaderCell
                    key={column.id}
                    className={mergeClasses(styles.headerCell, column.kind === 'number' && styles.numberHead)}
                    sortable={column.sortBy !== undefined}
                    sortDirection={
                      sort.column === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined
                    }
                    onClick={() =>
                      column.sortBy &&
                      setSort({ column: column.id, descending: sort.column === column.id && !sort.descending })
                    }
                  >
                    {column.kind === 'action' ? <span className={styles.unseen}>{column.title}</span> : column.title}
                  </TableHeaderCell>
                ))}
              </TableRow>
            </TableHeader>
            <TableBody>
              {part.map(row => (
                <TableRow key={keyOf(row)}>
                  {shown.map(column => (
                    <TableCell
                      key={column.id}
                      className={mergeClasses(
                        styles.cell,
                        column.breaks && styles.breaks,
                        column.kind === 'number' && styles.number,
                        column.kind === 'action' && styles.action,
                      )}
                    >
                      {column.show(row)}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </section>
        {found.length === 0 && (
          <Text as="p" className={styles.nothing}>
            {rows.length === 0 ? `There are no ${label}.` : `No ${label} have all of these words in them.`}
          </Text>
        )}
        <TableFoot label={label} found={found.length} all={rows.length} page={here} pages={pages} onPage={setPage} />
      </div>
    </div>
  )
}
