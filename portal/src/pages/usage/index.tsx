import { Usage } from './Usage'

export default Usage
