import { NotHereYet } from '../../components/NotHereYet'

export default function Activity() {
  return (
    <NotHereYet
      title="Activity log"
      text="What was done is shown by the command line until this page is."
      code="cupola activity list -o table"
    />
  )
}
