import { makeStyles, mergeClasses, Tab, TabList } from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import { useNarrow } from './useNarrow'

const useStyles = makeStyles({
  root: { minWidth: 0, flexShrink: 1, overflowX: 'auto', overflowY: 'hidden' },
})

const BESIDE_PX = 16

interface Props {
  /** What they are parts of, for screen readers. */
  label: string
  tabs: readonly { value: string; title: string; id?: string }[]
  selected: string
  onSelect: (value: string) => void
  size?: 'small'
  className?: string
  /** Do they lead to other pages, whose title is read then? */
  navigates?: boolean
}

/** Tabs in one row, which is pushed along where it is longer than its place: the chosen one is always seen. */
export function Tabs({ label, tabs, selected, onSelect, size, className, navigates = false }: Props) {
  const styles = useStyles()
  const isNarrow = useNarrow()
  const row = useRef<HTMLDivElement>(null)

  // By hand, because asking the browser for it would move the page as well.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab, and another width, are what it is for
  useEffect(() => {
    const tab = row.current?.querySelector('[aria-selected=true]')?.getBoundingClientRect()
    const frame = row.current?.getBoundingClientRect()
    if (!row.current || !tab || !frame) return
    if (tab.left < frame.left) row.current.scrollLeft += tab.left - frame.left - BESIDE_PX
    else if (tab.right > frame.right) row.current.scrollLeft += tab.right - frame.right + BESIDE_PX
  }, [selected, isNarrow])

  return (
    <TabList
      ref={row}
      className={mergeClasses(styles.root, className)}
      aria-label={label}
      selectedValue={selected}
      onTabSelect={(_, data) => onSelect(String(data.value))}
      {...(size ? { size } : {})}
      {...(navigates ? { 'data-navigates': true } : {})}
    >
      {tabs.map(one => (
        <Tab key={one.value} value={one.value} {...(one.id ? { id: one.id } : {})}>
          {one.title}
        </Tab>
      ))}
    </TabList>
  )
}
