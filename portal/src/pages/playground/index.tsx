import { NotHereYet } from '../../components/NotHereYet'

export default function Playground() {
  return (
    <NotHereYet
      title="Playground"
      text="Models are talked to by the command line until this page is."
      code="cupola chat -n ENDPOINT"
    />
  )
}
