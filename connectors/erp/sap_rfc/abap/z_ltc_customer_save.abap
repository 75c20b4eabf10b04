*----------------------------------------------------------------------*
* Z_LTC_CUSTOMER_SAVE: create a customer, or change the fields that are
* named. Remote-enabled, function group ZLTC, ECC 6.0 (EHP4 or later).
*
* HONESTY: this source has not been compiled or run against a real SAP
* system by its authors; they had none. What it does is what the hub's
* simulated SAP does. Before it is used, have it reviewed and tested in
* a sandbox client; the points to look at are marked VERIFY.
*
* CMD_EI_API=>MAINTAIN_BAPI does the work: it is what SAP's own customer
* integration calls, it keeps change documents and checks, and it does
* not COMMIT. The caller commits by BAPI_TRANSACTION_COMMIT, after it
* has stored E_KUNNR.
*
* Dictionary objects to create before (SE11), all components as given:
*   ZLTC_S_CUSTOMER  KTOKD KTOKD, STCD1 STCD1, STCEG STCEG, BRSCH BRSCH,
*                    LOEVM LOEVM_X, AUFSD AUFSD_X, NAME1 AD_NAME1,
*                    NAME2 AD_NAME2, NAME3 AD_NAME3, NAME4 AD_NAME4,
*                    STREET AD_STREET, CITY1 AD_CITY1,
*                    POST_CODE1 AD_PSTCD1, REGION REGIO, COUNTRY LAND1,
*                    LANGU SPRAS, SORT1 AD_SORT1, SORT2 AD_SORT2,
*                    TEL_NUMBER AD_TLNMBR1, SMTP_ADDR AD_SMTPADR,
*                    KLIMK BAPICURR_D, KWAER WAERS, KKBER KKBER,
*                    WAERS WAERS, ZTERM DZTERM, VKORG VKORG,
*                    VTWEG VTWEG, SPART SPART, BUKRS BUKRS
*   ZLTC_S_FIELD     FIELDNAME FIELDNAME
*   ZLTC_S_AREA      VKORG VKORG, VTWEG VTWEG, SPART SPART, WAERS WAERS,
*                    ZTERM DZTERM, INCO1 INCO1, KONDA KONDA
*   ZLTC_S_COMPANY   BUKRS BUKRS, AKONT AKONT, ZTERM DZTERM
*   message class ZLTC (SE91):
*     001 Field & cannot be saved         002 Enter the customer's name
*     004 Limits of area & are kept in &  010 Customer & was created
*     011 Customer & was changed          012 No number was given
*
* IT_FIELDS names what of IS_DATA is to be taken, initial values too.
* In the rows of IT_KNVV and IT_KNB1 an initial component means "leave
* it as it is": RFC cannot tell an empty value from one that was not
* sent. KLIMK has four decimals in every currency, as in all BAPIs.
*----------------------------------------------------------------------*
FUNCTION z_ltc_customer_save.
*"----------------------------------------------------------------------
*"  IMPORTING
*"     VALUE(I_KUNNR) TYPE  KUNNR OPTIONAL
*"     VALUE(IS_DATA) TYPE  ZLTC_S_CUSTOMER
*"  EXPORTING
*"     VALUE(E_KUNNR) TYPE  KUNNR
*"  TABLES
*"      IT_FIELDS STRUCTURE  ZLTC_S_FIELD
*"      IT_KNVV STRUCTURE  ZLTC_S_AREA OPTIONAL
*"      IT_KNB1 STRUCTURE  ZLTC_S_COMPANY OPTIONAL
*"      RETURN STRUCTURE  BAPIRET2
*"----------------------------------------------------------------------

* The reconciliation account of customers that come without one.
  CONSTANTS lc_akont TYPE akont VALUE '0000140000'.

  DATA: ls_main       TYPE cmds_ei_main,
        ls_customer   TYPE cmds_ei_extern,
        ls_correct    TYPE cmds_ei_main,
        ls_defective  TYPE cmds_ei_main,
        ls_said       TYPE cvis_message,
        ls_failed     TYPE cvis_message,
        ls_phone      TYPE cvis_ei_phone_str,
        ls_smtp       TYPE cvis_ei_smtp_str,
        ls_sales      TYPE cmds_ei_sales,
        ls_function   TYPE cmds_ei_functions,
        ls_company    TYPE cmds_ei_company,
        ls_knvv       TYPE zltc_s_area,
        ls_knb1       TYPE zltc_s_company,
        ls_field      TYPE zltc_s_field,
        ls_return     TYPE bapiret2,
        lv_create     TYPE abap_bool,
        lv_address    TYPE abap_bool,
        lv_found      TYPE kunnr,
        lv_place      TYPE sy-tabix,
        lv_parvw      TYPE parvw,
        lt_parvw      TYPE STANDARD TABLE OF parvw.
  FIELD-SYMBOLS <lv_any> TYPE any.

* Take a field over and flag it, if the caller named it.
  DEFINE take.                 " name, structure, component, given as
    read table it_fields transporting no fields with key fieldname = &1.
    if sy-subrc = 0.
      &2-data-&3  = is_data-&4.
      &2-datax-&3 = abap_true.
    endif.
  END-OF-DEFINITION.
  DEFINE take_address.
    read table it_fields transporting no fields with key fieldname = &1.
    if sy-subrc = 0.
      lv_address = abap_true.
      ls_customer-central_data-address-postal-data-&2  = is_data-&3.
      ls_customer-central_data-address-postal-datax-&2 = abap_true.
    endif.
  END-OF-DEFINITION.
* Take a component of a row over, unless it is initial.
  DEFINE take_row.                            " structure, component, row
    if not &3-&2 is initial.
      &1-data-&2  = &3-&2.
      &1-datax-&2 = abap_true.
    endif.
  END-OF-DEFINITION.
  DEFINE say.                               " type, class, number, v1, v2
    clear ls_return.
    call function 'BALW_BAPIRETURN_GET2'
      exporting
        type   = &1
        cl     = &2
        number = &3
        par1   = &4
        par2   = &5
      importing
        return = ls_return.
    append ls_return to return.
  END-OF-DEFINITION.

  CLEAR: e_kunnr, return[].

*--- what is asked for ------------------------------------------------*
  LOOP AT it_fields INTO ls_field.
    ASSIGN COMPONENT ls_field-fieldname OF STRUCTURE is_data TO <lv_any>.
    IF sy-subrc <> 0.
      say 'E' 'ZLTC' '001' ls_field-fieldname space.
    ENDIF.
  ENDLOOP.

  CALL FUNCTION 'CONVERSION_EXIT_ALPHA_INPUT'
    EXPORTING
      input  = i_kunnr
    IMPORTING
      output = i_kunnr.
  IF i_kunnr CO '0 '.
    lv_create = abap_true.
    CLEAR i_kunnr.
    IF is_data-name1 IS INITIAL.
      say 'E' 'ZLTC' '002' space space.
    ENDIF.
  ELSE.
    SELECT SINGLE kunnr FROM kna1 INTO lv_found WHERE kunnr = i_kunnr.
    IF sy-subrc <> 0.
      say 'E' 'F2' '003' i_kunnr space.
    ENDIF.
  ENDIF.
  READ TABLE return TRANSPORTING NO FIELDS WITH KEY type = 'E'.
  IF sy-subrc = 0.
    RETURN.
  ENDIF.

*--- general data and address -----------------------------------------*
  ls_customer-header-object_instance-kunnr = i_kunnr.
  IF lv_create = abap_true.
    ls_customer-header-object_task        = 'I'.
    ls_customer-central_data-address-task = 'I'.
    take 'KTOKD' ls_customer-central_data-central ktokd ktokd.
  ELSE.
    ls_customer-header-object_task        = 'U'.
    ls_customer-central_data-address-task = 'U'.
  ENDIF.
  take 'STCD1' ls_customer-central_data-central stcd1 stcd1.
  take 'STCEG' ls_customer-central_data-central stceg stceg.
  take 'BRSCH' ls_customer-central_data-central brsch brsch.
  take 'LOEVM' ls_customer-central_data-central loevm loevm.
  take 'AUFSD' ls_customer-central_data-central aufsd aufsd.
  take_address 'NAME1'      name       name1.
  take_address 'NAME2'      name_2     name2.
  take_address 'NAME3'      name_3     name3.
  take_address 'NAME4'      name_4     name4.
  take_address 'STREET'     street     street.
  take_address 'CITY1'      city       city1.
  take_address 'POST_CODE1' postl_cod1 post_code1.
  take_address 'REGION'     region     region.
  take_address 'COUNTRY'    country    country.
  take_address 'LANGU'      langu      langu.
  take_address 'SORT1'      sort1      sort1.
  take_address 'SORT2'      sort2      sort2.

* VERIFY: an emptied number or address is deleted by task 'D'; CMD_EI_API
* takes the standard entry (CONSNUMBER 001) if none is named.
  READ TABLE it_fields TRANSPORTING NO FIELDS WITH KEY fieldname = 'TEL_NUMBER'.
  IF sy-subrc = 0 AND NOT ( lv_create = abap_true AND is_data-tel_number IS INITIAL ).
    lv_address = abap_true.
    ls_phone-contact-task = 'M'.
    IF is_data-tel_number IS INITIAL.
      ls_phone-contact-task = 'D'.
    ENDIF.
    ls_phone-contact-data-telephone  = is_data-tel_number.
    ls_phone-contact-datax-telephone = abap_true.
    APPEND ls_phone TO ls_customer-central_data-address-communication-phone-phone.
  ENDIF.
  READ TABLE it_fields TRANSPORTING NO FIELDS WITH KEY fieldname = 'SMTP_ADDR'.
  IF sy-subrc = 0 AND NOT ( lv_create = abap_true AND is_data-smtp_addr IS INITIAL ).
    lv_address = abap_true.
    ls_smtp-contact-task = 'M'.
    IF is_data-smtp_addr IS INITIAL.
      ls_smtp-contact-task = 'D'.
    ENDIF.
    ls_smtp-contact-data-e_mail  = is_data-smtp_addr.
    ls_smtp-contact-datax-e_mail = abap_true.
    APPEND ls_smtp TO ls_customer-central_data-address-communication-smtp-smtp.
  ENDIF.
  IF lv_address = abap_false.
    CLEAR ls_customer-central_data-address.
  ENDIF.

*--- sales areas: those that are given, and the reference area ---------*
  READ TABLE it_knvv WITH KEY vkorg = is_data-vkorg
                              vtweg = is_data-vtweg
                              spart = is_data-spart INTO ls_knvv.
  lv_place = sy-tabix.
  IF sy-subrc <> 0.
    CLEAR: ls_knvv, lv_place.
    ls_knvv-vkorg = is_data-vkorg.
    ls_knvv-vtweg = is_data-vtweg.
    ls_knvv-spart = is_data-spart.
  ENDIF.
  READ TABLE it_fields TRANSPORTING NO FIELDS WITH KEY fieldname = 'WAERS'.
  IF sy-subrc = 0.
    ls_knvv-waers = is_data-waers.
  ENDIF.
  READ TABLE it_fields TRANSPORTING NO FIELDS WITH KEY fieldname = 'ZTERM'.
  IF sy-subrc = 0.
    ls_knvv-zterm = is_data-zterm.
  ENDIF.
  IF lv_place > 0.
    MODIFY it_knvv FROM ls_knvv INDEX lv_place.
  ELSEIF NOT ( ls_knvv-waers IS INITIAL AND ls_knvv-zterm IS INITIAL )
      OR ( lv_create = abap_true AND it_knvv[] IS INITIAL ).
    APPEND ls_knvv TO it_knvv.
  ENDIF.

  LOOP AT it_knvv INTO ls_knvv.
    CLEAR ls_sales.
    ls_sales-task           = 'M'.
    ls_sales-data_key-vkorg = ls_knvv-vkorg.
    ls_sales-data_key-vtweg = ls_knvv-vtweg.
    ls_sales-data_key-spart = ls_knvv-spart.
    take_row ls_sales waers ls_knvv.
    take_row ls_sales zterm ls_knvv.
    take_row ls_sales inco1 ls_knvv.
    take_row ls_sales konda ls_knvv.
    SELECT SINGLE kunnr FROM knvv INTO lv_found
      WHERE kunnr = i_kunnr
        AND vkorg = ls_knvv-vkorg
        AND vtweg = ls_knvv-vtweg
        AND spart = ls_knvv-spart.
    IF sy-subrc <> 0 OR lv_create = abap_true.
*     A new area needs the customer itself in the four usual roles.
*     VERIFY: an initial partner is the customer that is just created.
      CLEAR lt_parvw.
      APPEND: 'AG' TO lt_parvw, 'RE' TO lt_parvw, 'RG' TO lt_parvw, 'WE' TO lt_parvw.
      LOOP AT lt_parvw INTO lv_parvw.
        CLEAR ls_function.
        ls_function-task           = 'I'.
        ls_function-data_key-parvw = lv_parvw.
        ls_function-data-partner   = i_kunnr.
        ls_function-datax-partner  = abap_true.
        APPEND ls_function TO ls_sales-functions-functions.
      ENDLOOP.
    ENDIF.
    APPEND ls_sales TO ls_customer-sales_data-sales.
  ENDLOOP.

*--- company codes ------------------------------------------------------*
  IF lv_create = abap_true AND it_knb1[] IS INITIAL.
    CLEAR ls_knb1.
    ls_knb1-bukrs = is_data-bukrs.
    ls_knb1-zterm = is_data-zterm.
    APPEND ls_knb1 TO it_knb1.
  ENDIF.
  LOOP AT it_knb1 INTO ls_knb1.
    CLEAR ls_company.
    SELECT SINGLE kunnr FROM knb1 INTO lv_found
      WHERE kunnr = i_kunnr
        AND bukrs = ls_knb1-bukrs.
    IF ( sy-subrc <> 0 OR lv_create = abap_true ) AND ls_knb1-akont IS INITIAL.
      ls_knb1-akont = lc_akont.
    ENDIF.
    ls_company-task           = 'M'.
    ls_company-data_key-bukrs = ls_knb1-bukrs.
    take_row ls_company akont ls_knb1.
    take_row ls_company zterm ls_knb1.
    APPEND ls_company TO ls_customer-company_data-company.
  ENDLOOP.

*--- save ---------------------------------------------------------------*
  APPEND ls_customer TO ls_main-customers.
  cmd_ei_api=>initialize( ).
  cmd_ei_api=>maintain_bapi(
    EXPORTING
      iv_test_run              = space
      iv_collect_messages      = abap_true
      is_master_data           = ls_main
    IMPORTING
      es_master_data_correct   = ls_correct
      es_message_correct       = ls_said
      es_master_data_defective = ls_defective
      es_message_defective     = ls_failed ).
  IF ls_failed-is_error = abap_true.
    APPEND LINES OF ls_failed-messages TO return.
    RETURN.
  ENDIF.

  e_kunnr = i_kunnr.
  IF lv_create = abap_true.
    READ TABLE ls_correct-customers INTO ls_customer INDEX 1.
    IF sy-subrc <> 0 OR ls_customer-header-object_instance-kunnr IS INITIAL.
      say 'E' 'ZLTC' '012' space space.
      RETURN.
    ENDIF.
    e_kunnr = ls_customer-header-object_instance-kunnr.
  ENDIF.

  READ TABLE it_fields TRANSPORTING NO FIELDS WITH KEY fieldname = 'KLIMK'.
  IF sy-subrc = 0.
    PERFORM save_credit_limit USING e_kunnr is_data CHANGING ls_return.
    IF NOT ls_return-type IS INITIAL.
      APPEND ls_return TO return.
      CLEAR e_kunnr.
      RETURN.
    ENDIF.
  ENDIF.

  IF lv_create = abap_true.
    say 'S' 'ZLTC' '010' e_kunnr space.
  ELSE.
    say 'S' 'ZLTC' '011' e_kunnr space.
  ENDIF.
ENDFUNCTION.

*----------------------------------------------------------------------*
* In the group's F01 include. The limit of a credit control area has the
* currency of that area (T014); it is written at COMMIT, after the
* customer itself. VERIFY where FSCM credit management is active: limits
* are then kept in UKM_BP_CMS_SGM and not here.
*----------------------------------------------------------------------*
FORM save_credit_limit USING    iv_kunnr  TYPE kunnr
                                is_data   TYPE zltc_s_customer
                       CHANGING es_return TYPE bapiret2.
  DATA: ls_knka     TYPE knka,
        ls_knka_old TYPE knka,
        ls_knkk     TYPE knkk,
        ls_knkk_old TYPE knkk,
        lv_waers    TYPE waers,
        ls_said     TYPE bapireturn,
        lv_amount   TYPE bapicurr-bapicurr,
        lv_klimk    TYPE klimk,
        lv_knka     TYPE cdchngind VALUE 'U',
        lv_knkk     TYPE cdchngind VALUE 'U'.

  CLEAR es_return.
  SELECT SINGLE waers FROM t014 INTO lv_waers WHERE kkber = is_data-kkber.
  IF sy-subrc <> 0 OR ( NOT is_data-kwaer IS INITIAL AND is_data-kwaer <> lv_waers ).
    CALL FUNCTION 'BALW_BAPIRETURN_GET2'
      EXPORTING
        type      = 'E'
        cl        = 'ZLTC'
        number    = '004'
        par1      = is_data-kkber
        par2      = lv_waers
        parameter = 'IS_DATA'
        field     = 'KWAER'
      IMPORTING
        return    = es_return.
    RETURN.
  ENDIF.

  SELECT SINGLE * FROM knka INTO ls_knka_old WHERE kunnr = iv_kunnr.
  IF sy-subrc <> 0.
    lv_knka = 'I'.
  ENDIF.
  SELECT SINGLE * FROM knkk INTO ls_knkk_old WHERE kunnr = iv_kunnr AND kkber = is_data-kkber.
  IF sy-subrc <> 0.
    lv_knkk = 'I'.
  ENDIF.
  ls_knka       = ls_knka_old.
  ls_knka-mandt = sy-mandt.
  ls_knka-kunnr = iv_kunnr.
  IF ls_knka-waers IS INITIAL.
    ls_knka-waers = lv_waers.
  ENDIF.

  lv_amount = is_data-klimk.
  CALL FUNCTION 'BAPI_CURRENCY_CONV_TO_INTERNAL'
    EXPORTING
      currency             = lv_waers
      amount_external      = lv_amount
      max_number_of_digits = 15
    IMPORTING
      amount_internal      = lv_klimk
      return               = ls_said.
  IF ls_said-type CA 'EA'.
    es_return-type      = ls_said-type.
    es_return-id        = ls_said-code(2).
    es_return-number    = ls_said-code+2(3).
    es_return-message   = ls_said-message.
    es_return-parameter = 'IS_DATA'.
    es_return-field     = 'KLIMK'.
    RETURN.
  ENDIF.
  ls_knkk       = ls_knkk_old.
  ls_knkk-mandt = sy-mandt.
  ls_knkk-kunnr = iv_kunnr.
  ls_knkk-kkber = is_data-kkber.
  ls_knkk-klimk = lv_klimk.
  ls_knkk-aedat = sy-datum.
  ls_knkk-aenam = sy-uname.
  IF ls_knkk-knkli IS INITIAL.
    ls_knkk-knkli = iv_kunnr.
  ENDIF.

  CALL FUNCTION 'CREDITLIMIT_CHANGE' IN UPDATE TASK
    EXPORTING
      i_knka   = ls_knka
      i_knkk   = ls_knkk
      upd_knka = lv_knka
      upd_knkk = lv_knkk
      yknka    = ls_knka_old
      yknkk    = ls_knkk_old
      xneua    = space
      xrefl    = space.
ENDFORM.
