import { makeStyles, tokens } from '@fluentui/react-components'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useLocation } from 'react-router'
import { useNarrow } from '../components/useNarrow'
import { ConnectionBar } from './ConnectionBar'
import { Navigation } from './Navigation'
import { NavigationDrawer } from './NavigationDrawer'
import { SessionDialog } from './SessionDialog'
import { TopBar } from './TopBar'
import { usePlace } from './usePlace'

const useStyles = makeStyles({
  root: {
    height: '100%',
    display: 'grid',
    gridTemplateRows: 'auto auto minmax(0, 1fr)',
    // A wide table scrolls by itself; it does not make the page wider.
    gridTemplateColumns: 'minmax(0, 1fr)',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  below: { display: 'flex', minHeight: 0 },
  main: {
    flexGrow: 1,
    minWidth: 0,
    overflowY: 'auto',
    outlineStyle: 'none',
    '@media (min-width: 768px)': { scrollbarGutter: 'stable' },
  },
  skip: {
    position: 'absolute',
    insetInlineStart: '8px',
    top: '-64px',
    zIndex: 1000,
    padding: '8px 16px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    boxShadow: tokens.shadow16,
    ':focus': { top: '6px' },
  },
})

/** The frame around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const styles = useStyles()
  const isNarrow = useNarrow()
  const [drawerOpen, setDrawerOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const { key } = useLocation()
  usePlace(main)

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever chose a page wants to see it, also the one that is there
  useEffect(() => {
    setDrawerOpen(false)
  }, [key])

  return (
    <div className={styles.root}>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <TopBar isNarrow={isNarrow} onMenu={() => setDrawerOpen(true)} />
      <ConnectionBar />
      <div className={styles.below}>
        {isNarrow ? <NavigationDrawer open={drawerOpen} onClose={() => setDrawerOpen(false)} /> : <Navigation />}
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          {children}
        </main>
      </div>
      <SessionDialog />
    </div>
  )
}
