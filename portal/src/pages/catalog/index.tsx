import { NotHereYet } from '../../components/NotHereYet'

export default function Catalog() {
  return (
    <NotHereYet
      title="Model catalog"
      text="Models are listed by the command line until this page is."
      code="cupola catalog list -o table"
    />
  )
}
