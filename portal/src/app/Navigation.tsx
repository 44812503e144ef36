import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useLocation } from 'react-router'
import { useLink } from '../components/useLink'
import { PAGES, type PageEntry } from './pages'

const useStyles = makeStyles({
  root: {
    width: '224px',
    flexShrink: 0,
    overflowY: 'auto',
    paddingBlock: '12px 24px',
    paddingInline: '8px',
    borderInlineEndWidth: '1px',
    borderInlineEndStyle: 'solid',
    borderInlineEndColor: tokens.colorNeutralStroke2,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  inDrawer: { width: '100%', borderInlineEndStyle: 'none', backgroundColor: 'transparent' },
  section: {
    margin: 0,
    paddingInline: '12px',
    paddingBlock: '14px 4px',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    columnGap: '10px',
    minHeight: '34px',
    paddingInline: '12px',
    marginBlock: '1px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    fontSize: tokens.fontSizeBase300,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover, color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    '& svg': { width: '20px', height: '20px', flexShrink: 0 },
  },
  here: {
    backgroundColor: tokens.colorSubtleBackgroundSelected,
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    '& svg': { color: tokens.colorCompoundBrandForeground1 },
    '::before': {
      content: '""',
      position: 'absolute',
      insetInlineStart: 0,
      insetBlock: '8px',
      width: '3px',
      borderRadius: '2px',
      backgroundColor: tokens.colorCompoundBrandStroke,
    },
  },
})

const SECTIONS = ['Build', 'Manage', 'Govern'] as const

/** The pages, by what they are for. */
export function Navigation({ inDrawer = false }: { inDrawer?: boolean }) {
  const styles = useStyles()
  return (
    <nav aria-label="Pages" className={mergeClasses(styles.root, inDrawer && styles.inDrawer)}>
      {SECTIONS.map(section => (
        <section key={section} aria-label={section}>
          <p className={styles.section}>{section}</p>
          <ul className={styles.list}>
            {PAGES.filter(page => page.section === section).map(page => (
              <li key={page.path}>
                <Item page={page} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}

function Item({ page }: { page: PageEntry }) {
  const styles = useStyles()
  const { pathname } = useLocation()
  const isHere = pathname === `/${page.path}` || pathname.startsWith(`/${page.path}/`)
  const Icon = page.icon
  return (
    <a
      {...useLink(`/${page.path}`)}
      aria-current={isHere ? 'page' : undefined}
      className={mergeClasses(styles.item, isHere && styles.here)}
    >
      <Icon aria-hidden="true" />
      {page.title}
    </a>
  )
}
