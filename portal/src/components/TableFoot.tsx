import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { ChevronLeft16Regular, ChevronRight16Regular } from '@fluentui/react-icons'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px',
    paddingInline: '10px',
    minHeight: '36px',
    color: tokens.colorNeutralForeground2,
    borderBlockStartWidth: '1px',
    borderBlockStartStyle: 'solid',
    borderBlockStartColor: tokens.colorNeutralStroke2,
  },
  space: { flexGrow: 1 },
})

interface Props {
  label: string
  found: number
  all: number
  page: number
  pages: number
  onPage: (page: number) => void
}

/** How many rows there are, and the way through their pages. */
export function TableFoot({ label, found, all, page, pages, onPage }: Props) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      <Text size={200} role="status" aria-label={`${found} of ${all} ${label}`}>
        {found === all ? `${all} in all` : `${found} of ${all}`}
      </Text>
      <span className={styles.space} />
      {pages > 1 && (
        <>
          <Button
            size="small"
            appearance="subtle"
            aria-label="Page before"
            icon={<ChevronLeft16Regular />}
            disabled={page === 0}
            onClick={() => onPage(page - 1)}
          />
          <Text size={200}>
            {page + 1} of {pages}
          </Text>
          <Button
            size="small"
            appearance="subtle"
            aria-label="Page after"
            icon={<ChevronRight16Regular />}
            disabled={page === pages - 1}
            onClick={() => onPage(page + 1)}
          />
        </>
      )}
    </div>
  )
}
