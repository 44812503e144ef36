import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation, useNavigationType } from 'react-router'
import { Breadcrumbs, type Crumb } from './Breadcrumbs'

const useStyles = makeStyles({
  root: {
    maxWidth: '1440px',
    marginInline: 'auto',
    paddingInline: '28px',
    paddingBlock: '20px 48px',
    '@media (max-width: 767px)': { paddingInline: '16px', paddingBlock: '12px 40px' },
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px', marginBlock: '4px 20px' },
  title: {
    margin: 0,
    outlineStyle: 'none',
    fontSize: tokens.fontSizeBase600,
    lineHeight: tokens.lineHeightBase600,
    fontWeight: tokens.fontWeightSemibold,
    letterSpacing: '-0.01em',
    overflowWrap: 'anywhere',
  },
  words: { flexGrow: 1, flexBasis: '320px', minWidth: 0 },
  subtitle: { display: 'block', color: tokens.colorNeutralForeground2, marginBlockStart: '2px', maxWidth: '90ch' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
})

interface Props {
  title: string
  subtitle?: ReactNode
  /** Buttons beside the title, the most important one first. */
  actions?: ReactNode
  /** The pages above this one, outermost first. */
  above?: readonly Crumb[]
  children: ReactNode
}

/** The frame of a page: where it is, its title, what can be done, and its content. Says the title to the browser and, after
 * a move within the portal, to screen readers. */
export function Page({ title, subtitle, actions, above = [], children }: Props) {
  const styles = useStyles()
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  const isFirst = useNavigationType() === 'POP' && window.history.state?.idx === undefined
  const shownAt = useRef<string | undefined>(undefined)

  useEffect(() => {
    document.title = `${title} - Cupola`
  }, [title])

  useEffect(() => {
    if (shownAt.current === pathname) return
    shownAt.current = pathname
    // Not when the portal is opened, and not away from something that the person has begun to use.
    const active = document.activeElement
    const isFree = !active || active === document.body || !!active.closest('nav, [data-navigates]')
    if (!isFirst && isFree) heading.current?.focus({ preventScroll: true })
  }, [pathname, isFirst])

  return (
    <div className={styles.root}>
      {above.length > 0 && <Breadcrumbs above={above} title={title} />}
      <div className={styles.head}>
        <div className={styles.words}>
          <h1 ref={heading} tabIndex={-1} className={styles.title}>
            {title}
          </h1>
          {subtitle && <Text className={styles.subtitle}>{subtitle}</Text>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  )
}
