import { makeStyles } from '@fluentui/react-components'
import { useSearch } from '../../app/useSearch'
import { Card } from '../../components/Card'
import { Explanation } from '../../components/Explanation'
import { RequestIdForm } from '../../components/RequestIdForm'

const REQUEST = 'request'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', alignItems: 'start' },
  field: { width: '100%' },
})

/** Why a request was refused, by the id that its answer had. It is in the address, so that other pages lead to it. */
export function WhyRefused() {
  const styles = useStyles()
  const [search, setSearch] = useSearch()
  const id = search.get(REQUEST) ?? ''
  const explain = (asked: string) =>
    setSearch(
      old => {
        const next = new URLSearchParams(old)
        next.set(REQUEST, asked)
        return next
      },
      { replace: true },
    )
  return (
    <Card title="Why was this refused?">
      <RequestIdForm
        label="Id of the request"
        hint="It is below every refusal, and in x-ms-request-id"
        start={id}
        onExplain={explain}
        className={styles.form}
        fieldClassName={styles.field}
      />
      {id && <Explanation id={id} />}
    </Card>
  )
}
