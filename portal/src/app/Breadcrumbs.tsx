import { Breadcrumb, BreadcrumbDivider, BreadcrumbItem, makeStyles, Text, tokens } from '@fluentui/react-components'
import { Fragment } from 'react'
import { PageLink } from '../components/PageLink'

export interface Crumb {
  label: string
  to: string
}

const useStyles = makeStyles({
  list: { flexWrap: 'wrap', marginBlockEnd: '4px' },
  here: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
})

/** The way from the first page to this one. */
export function Breadcrumbs({ above, title }: { above: readonly Crumb[]; title: string }) {
  const styles = useStyles()
  return (
    <Breadcrumb aria-label="Where this page is" size="small" list={{ className: styles.list }}>
      {above.map(crumb => (
        <Fragment key={crumb.to}>
          <BreadcrumbItem>
            <PageLink to={crumb.to}>{crumb.label}</PageLink>
          </BreadcrumbItem>
          <BreadcrumbDivider />
        </Fragment>
      ))}
      <BreadcrumbItem>
        <Text size={300} className={styles.here} aria-current="page">
          {title}
        </Text>
      </BreadcrumbItem>
    </Breadcrumb>
  )
}
